"""What both clients can ask."""

from __future__ import annotations

from api.client import incidents, service
from api.client.endpoint import Endpoint


class Endpoints:
    """A method for each request; its arguments and answer are those of the function that it names."""

    incident_page = Endpoint(incidents.page)
    detection_page = Endpoint(incidents.detection_page)
    incident = Endpoint(incidents.incident)
    bundle = Endpoint(incidents.bundle)
    bundle_zip = Endpoint(incidents.bundle_zip)
    report = Endpoint(incidents.report)
    similar = Endpoint(incidents.similar)
    timeline = Endpoint(incidents.timeline)
    notes = Endpoint(incidents.notes)
    add_note = Endpoint(incidents.add_note)
    labels = Endpoint(incidents.labels)
    label = Endpoint(incidents.label)
    change = Endpoint(incidents.change)
    change_all = Endpoint(incidents.change_all)
    acknowledge = Endpoint(incidents.acknowledge)
    resolve = Endpoint(incidents.resolve)
    reopen = Endpoint(incidents.reopen)

    score = Endpoint(service.score)
    score_all = Endpoint(service.score_all)
    exchange = Endpoint(service.exchange)
    exchanges = Endpoint(service.exchanges)
    baselines = Endpoint(service.baselines)
    promote_baseline = Endpoint(service.promote_baseline)
    silences = Endpoint(service.silences)
    silence = Endpoint(service.silence)
    end_silence = Endpoint(service.end_silence)
    markers = Endpoint(service.markers)
    mark = Endpoint(service.mark)
    alerts = Endpoint(service.alerts)
    dead_letters = Endpoint(service.dead_letters)
    retry_dead_letter = Endpoint(service.retry_dead_letter)
    drop_dead_letter = Endpoint(service.drop_dead_letter)
    stats = Endpoint(service.stats)
    policy = Endpoint(service.policy)
