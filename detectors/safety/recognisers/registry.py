"""Every recogniser there is, with what a text must have before one is asked."""

from __future__ import annotations

from detectors.safety.recognisers import (
    americas,
    asia_pacific,
    assignments,
    contact,
    credentials,
    documents,
    europe,
    network,
    payment,
    wallets,
)
from detectors.safety.recognisers.lettered import lettered
from detectors.safety.recognisers.numbers import Numbers
from detectors.safety.recognisers.recogniser import Recogniser
from detectors.safety.recognisers.tokens import tokens

_numbers = Numbers((*payment.NUMBERS, *europe.NUMBERS, *americas.NUMBERS, *asia_pacific.NUMBERS))

RECOGNISERS: tuple[Recogniser, ...] = (
    Recogniser(contact.emails, signs=("@",)),
    Recogniser(tokens),
    Recogniser(credentials.private_keys, signs=("PRIVATE KEY",)),
    Recogniser(credentials.jwts, signs=("eyJ",)),
    Recogniser(credentials.authorizations, signs=("earer ", "EARER ", "asic ", "ASIC ")),
    Recogniser(credentials.url_passwords, signs=("://",)),
    Recogniser(credentials.bot_tokens, digits=1, signs=(":AA", ".")),
    Recogniser(credentials.azure_secrets, digits=1, signs=("Q~",)),
    Recogniser(assignments.assignments, digits=1, signs=("=", ":", "word is ")),
    Recogniser(_numbers.find, digits=_numbers.digits),
    Recogniser(payment.ibans, digits=8),
    Recogniser(lettered, digits=4),
    Recogniser(documents.documents, digits=4),
    Recogniser(contact.phones, digits=7),
    Recogniser(network.v4_addresses, digits=4, signs=(".",)),
    Recogniser(network.v6_addresses, digits=1, signs=(":",)),
    Recogniser(network.mac_addresses, digits=1, signs=(":", "-")),
    Recogniser(wallets.base58, digits=3),
    Recogniser(wallets.bech32, digits=3, signs=("bc1", "BC1", "ltc1", "LTC1")),
    Recogniser(wallets.ethereum, digits=3, signs=("0x",)),
)
