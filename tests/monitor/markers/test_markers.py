import pytest

from monitor.markers.marker import Marker


@pytest.mark.parametrize(
    ("model", "tenant", "concerned"),
    [
        ("", "", True),
        ("m", "acme", True),
        ("m", "", True),
        ("n", "", False),
        ("m", "globex", False),
    ],
)
def test_a_marker_concerns_its_own_model_and_tenant_and_what_is_about_all(model, tenant, concerned):
    marker = Marker(id="a", at=1.0, kind="note", text="", model=model, tenant=tenant)
    assert marker.concerns("m", "acme") is concerned


def test_what_is_about_all_tenants_is_concerned_by_one_tenants_marker():
    assert Marker(id="a", at=1.0, kind="note", text="", tenant="acme").concerns("m", "")
