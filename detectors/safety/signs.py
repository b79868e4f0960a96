"""Signs that a sentence of a document speaks to the model that reads it, and not to people.

Each sign is a list of words and turns of phrase in eight languages, found in lower case, with
look-alike letters taken back. None of them says much alone; how much two together do is learnt.
"""

from __future__ import annotations

import re
from bisect import bisect_right

import numpy as np
import numpy.typing as npt

from detectors.safety.windows import Window

Matrix = npt.NDArray[np.float32]

_MACHINE = (
    r"(?:a\.?i\.?|k\.?i\.?|i\.?a\.?|llms?|gpt|chat ?bots?|bots?|copilots?|assistants?|agents?"
    r"|(?:large |foundation )?(?:language |chat |neural )?(?:models?|networks?)|machines?"
    r"|(?:virtual|digital|automated|automatic|artificial) \w+|summari[sz]ers?|crawlers?|scrapers?"
    r"|(?:screening|moderation|grading|review|filter) (?:software|tools?|systems?|bots?|models?)|chatgpt|gemini|claude"
    r"|(?:a\.?i\.?|automated|ai) \w+|parsers?|companions?"
    r"|sprachmodelle?n?|assistent(?:en|in)?|modell?e?|modele de langue|modelos? de lenguaje"
    r"|asistentes?|assistentes?|modelli? linguistic[io]|assistenti?|taalmodel(?:len)?|modelos?"
    r"|intelligences? artificielles?|inteligencias? artificial(?:es)?)"
)
_LEAD = (
    r"(?:notes?|notices?|messages?|memo|instructions?|hints?|reminders?|attention|important|request"
    r"|task|rules?|warning|info(?:rmation)?|context|hinweis|nachricht|achtung|wichtig|nota|aviso"
    r"|avviso|remarque|consigne|mensaje|mensagem|messaggio|opmerking|bericht)"
)

_WORDS: dict[str, str] = {
    "machine": rf"\b{_MACHINE}\b",
    "called": (
        rf"(?:^|[\"'>*#\[({{:;.!?,-]\s{0, 3})(?:hey |hi |hello |dear |liebe[rs]? |cher |chere |querid[oa] |caro "
        rf"|beste )?(?:(?:any|all|every|the|an?|der|die|das|l['e]|el|il|de) ?)?(?:\w+ )?{_MACHINE}"
        r"(?: (?:that|which|who|reading|processing|handling|summari\w+|indexing|answering|parsing)\b[^.:,\n]{0,60})?"
        r"\s*[,:!]"
    ),
    "addressed": (
        rf"\b{_LEAD}\b[^.\n]{{0,20}}\b(?:to|for|fur|an|pour|aux?|para|per|voor|a)\b[^.\n]{{0,24}}\b{_MACHINE}\b"
        rf"|\b(?:if|when|as|since|because) (?:you(?: are|'re)|an?|any|the)\b[^.\n]{{0,16}}\b{_MACHINE}\b"
        rf"|\b(?:wenn|falls|si|se|als) (?:du|sie|tu|vous|eres|es|sei|sind|je|jij|usted|voce)\b[^.\n]{{0,24}}\b{_MACHINE}\b"
        rf"|\b{_MACHINE} (?:that|which|who|reading|processing|handling|summari[sz]ing|indexing|parsing"
        r"|must|should|shall|are (?:asked|required|requested|to)|is (?:asked|required|to)|muss|mussen|soll\w*"
        r"|doit|doivent|debe|deben|deve|devono|devem|moet(?:en)?)\b"
    ),
    "role": (
        r"(?:^|\n|[\"'>*]|#+ ?|\. |- ?)\[?\(?(?:new |hidden |updated? )?(?:system|assistant|user|human|developer"
        r"|admin(?:istrator)?|operator|tool|instructions?)(?: (?:message|prompt|note|update|notice|override|"
        r"instructions?|command|alert|\d+))?\]?\)? ?:|\"role\": ?\"system|<\|?/?(?:im_start|im_end|system|assistant|user|sys|inst|"
        r"assistant_\w+|system_\w+|hidden_\w+|ai_\w+|instructions?)\b|\[/?inst\]|<<sys|"
        r"\b(?:end|start|begin(?:ning)?) of (?:the )?(?:tool|document|user|system|context|prompt|data|input|output"
        r"|instructions?|untrusted)|\bsystem (?:message|prompt|note|update|override|instructions?|notice)\b"
    ),
    "orders": (
        r"\b(?:instructions?|prompts?|rules?|guidelines?|directives?|commands?|tasks?|guardrails?|polic(?:y|ies)"
        r"|anweisung(?:en)?|regeln?|aufgaben?|consignes?|regles?|instrucci(?:on|ones)|reglas?|istruzion[ei]"
        r"|regole|instructies?|regels|instruc(?:ao|oes)|regras|indica(?:tions|ciones))\b"
    ),
    "before": (
        r"\b(?:previous(?:ly)?|prior|earlier|above|preceding|original|former|old|existing|given so far|so far"
        r"|everything (?:else|above|before)|vorherig\w+|bisherig\w+|obig\w+|precedente?s?|anterior(?:es|e)?"
        r"|vorige|eerdere|initial\w*|up to here|until now)\b"
    ),
    "ignore": (
        r"\b(?:ignor(?:e[ds]?|ing|iere?n?|er|ez|a|ar|are|en|eer)|disregard(?:ed|ing)?|forget|overrid(?:e[s]?|den|ing)"
        r"|bypass|supersedes?d?|replaces?d?|cancel(?:led|s)?|suspend(?:ed)?|lift(?:ed)?|void|obsolete|revoked?"
        r"|no longer|not (?:needed|necessary|required)|instead(?: of)?|rather than|skip|drop|stop|vergiss|vergessen"
        r"|missachte\w*|statt(?:dessen)?|oublie[rz]?|au lieu|olvid\w+|en lugar|en vez|dimentic\w+|invece|negeer"
        r"|vergeet|esque[cç]\w+|desconsider\w+|em vez)\b"
    ),
    "user": (
        r"\b(?:users?|readers?|the (?:person|human|owner|customer|client|requester|one) (?:who|that|asking|you)"
        r"|the (?:human|owner|customer|client|person|recipient|requester|account holder)|whoever (?:asks|is asking)"
        r"|nutzer(?:in|s|n)?|benutzer(?:in|s|n)?|anwender\w*|utilisateurs?|utilisatrice|usuari[oa]s?|utenti?e?"
        r"|gebruikers?|utilizador(?:es)?|leser(?:in|n)?|lecteurs?|lectores?)\b"
    ),
    "answer": (
        r"\b(?:(?:your|the|this|any|every|final|all your|deine?r?|ihre?r?|votre|ta|tu|su|la|tua|sua|je|uw|a) (?:\w+ )?"
        r"(?:answers?|repl(?:y|ies)|responses?|summar(?:y|ies)|outputs?|reports?|review|recommendations?|translations?"
        r"|conclusions?|analysis|texts?|antwort(?:en)?|zusammenfassung|reponses?|resumes?|respuestas?|resumen|rispost[ae]"
        r"|riassunto|antwoord(?:en)?|samenvatting|respostas?|resumo))\b|\b(?:when|while|before|after|as) (?:you )?"
        r"(?:summari[sz]|answer|reply|respond|translat|read|process|review|rank|report|index|quot)\w*\b"
    ),
    "say": (
        r"(?:^|[\"'>*:;.!?,-]\s{0,3}|\b(?:and|then|only|must|should|please|to|und|et|y|e|en) )(?:just |only |always |simply |also )?"
        r"(?:say|state|tell|claim|write|reply|respond|answer|report|mention|recommend|rank|rate|conclude|add|append|insert"
        r"|include|repeat|print|output|translate|describe|declare|pretend|praise|stress|emphasi[sz]e|present|finish|end|"
        r"begin|start|call|classify|label|mark|treat|assume|confirm|assure|convince|advise|suggest|warn|ask|store|remember"
        r"|note|sag(?:e|en)?|schreib\w*|antworte\w*|empfiehl|empfehl\w+|nenn\w*|behaupte\w*|dis|dites|ecri[st]\w*|repond[sz]?"
        r"|recommande[rz]?|di|diga|escrib\w+|responde\w*|recomiend\w+|scrivi|rispondi|raccomanda|consiglia|zeg|schrijf|"
        r"antwoord|beveel|diga|escreva|responda|recomende)\b"
    ),
    "act": (
        r"\b(?:send|forward|e-?mail|post|upload|export|transfer|copy|fetch|open|visit|call|run|execute|delete|remove|"
        r"submit|share|grant|approve|accept|look up|search|merge|push|commit|invite|subscribe|install|download|pay|order|"
        r"book|render|load|request|attach|encode|decode|carry out|follow|comply|obey|perform|invoke|trigger|sende?n?|schick\w*"
        r"|leite\w*|losch\w*|offne\w*|envoie[rz]?|envoyez|transfer\w+|supprim\w+|ouvr\w+|envi[ae]\w*|reenvi\w+|borr\w+|abr\w+"
        r"|invia\w*|inoltra\w*|cancella\w*|apri|stuur\w*|verwijder\w*|envie\w*|encaminh\w+|apag\w+)\b"
    ),
    "does": (
        r"(?:^|[\"'>*:;.!?,(\]-]\s{0,3}|\b(?:and|then|please|also|just|only|always|now|first|next|bitte|und|et|y|e|en|por favor"
        r"|s'il vous plait) )(?:send|forward|e-?mail|post|upload|export|transfer|copy|fetch|open|visit|call|run|execute|delete"
        r"|remove|submit|share|grant|approve|accept|look up|search|merge|push|commit|invite|install|download|pay|order|book"
        r"|load|attach|encode|decode|carry out|follow|obey|use|make|set|create|change|swap|replace|round|list|give|show|let"
        r"|skip|save|click|archive|assign|raise|unlock|collect|schick\w*|sende\w*|leite|losche|offne|gebt?|envoie[rz]?|efface[rz]?"
        r"|cochez|donne[rz]?|envia|envie|borra|apaga|invia|inoltra|stuur|verwijder|mostra|muestra)\b"
    ),
    "yours": (
        r"\byour (?:\w+ )?(?:task|job|purpose|role|guidelines|memory|creators?|developers?|provider|instructions|rules|prompt"
        r"|mode|tools?|configuration|system|training|user|owner|restrictions|filters?|output|message|mission|master)\b"
        r"|\byou (?:are|'re|have been|will be|were|may|can|must) (?:now |no longer |not |hereby )?(?:an?|the|bound|hacked|"
        r"instructed|ordered|required|free|allowed|updated|in|programmed|told|asked|speak|given)\b"
    ),
    "asked": (
        r"\b(?:if|when(?:ever)?|whatever|whoever|should) (?:(?:some|any)(?:one|body) )?(?:is |are |you are |you're |the user )?"
        r"(?:asks?|asked|says?|typed?|questions?|wants?|summari\w+|read(?:s|ing)?)\b|\b(?:the|any|every|all|further|this|last|"
        r"real|user's|original) (?:question|request|query|message|conversation|chat|session)s?\b"
    ),
    "tooling": (
        r"\b(?:tools?|functions?|webhooks?|parameters?|api|endpoint|command|shell|browser|repositor(?:y|ies)|branch|pull request"
        r"|ticket|mailbox|drive|calendar|channel|admin\w*|access|rights|permissions?)\b|\b[a-z]{3,}_[a-z_]{3,}\b"
    ),
    "praise": (
        r"\b(?:best|top|first place|five (?:out of five|stars?)|perfect|excellent|outstanding|marvell?ous|masterpiece|success|"
        r"safe|harmless|verified|trusted|top place|full marks|hired?|only (?:shop|safe|good|doctor)|great|strong|scams?|"
        r"dangerous|closed|sold out|no (?:side effects|debts?|risk|defects|weakness\w*)|competitors?|rivals?|premium|buy|offer|"
        r"discount|beste[nrs]?|sicher|meilleure?|mejor|migliore|melhor)\b"
    ),
    "private": (
        r"\b(?:passwords?|passcodes?|tokens?|api[ _-]?keys?|keys|credentials?|secrets?|codes?|inbox|mailbox|contacts?"
        r"|home address|phone numbers?|card (?:number|details)|chat (?:history|log)|conversations?(?: history)?|"
        r"(?:whole|complete|entire|full|all) (?:\w+ )?(?:table|database|list|history|conversation|inbox|file|folder|mails?)"
        r"|session|cookies?|environment variables?|passwort|kennwort|zugangsdaten|mots? de passe|contrasena|credencial\w*"
        r"|credenziali|wachtwoord|senhas?|private data|personal data|calendar)\b"
    ),
    "hide": (
        r"\b(?:(?:do not|don'?t|never|without|no need to|nor|not to|must not|should not|refrain from|avoid|nicht|ohne|"
        r"ne|sans|no|sin|non|senza|niet|zonder|nao|sem) (?:\w+ ){0,2}(?:mention|tell|inform|reveal|disclos|show|say|ask|"
        r"confirm|notif|warn|flag|refer|quot|cit|explain|comment|erwahn|sag|verrat|frag|mentionn|dire|dis|revel|mencion|"
        r"digas|dig|menzion|rivel|noem|vermeld|zeg|vertel|avis)\w*|silently|quietly|secretly|hidden?|hide|conceal|"
        r"keep (?:this|it) (?:to yourself|secret|hidden|internal|confidential)|unnoticed|invisible|heimlich|stillschweigend"
        r"|verschweig\w*|en secret|en silencio|in segreto|stilletjes|em segredo)\b"
    ),
    "now": (
        r"\b(?:from now on|from here on|now|only|must|always|immediately|at once|first|next|afterwards|in every|for the rest"
        r"|in all (?:later|future|further)|before (?:you|any(?:thing|one))|ab (?:jetzt|sofort)|von nun an|nur|zuerst|desormais"
        r"|a partir (?:de ahora|d'ora|de maintenant|de agora)|maintenant|seulement|ahora|solo|adesso|ora|vanaf nu|alleen|agora)\b"
    ),
    "become": (
        r"\b(?:you are now|you're now|you will be|act as|behave as|speak as|talk like|pretend|play the role|switch to|"
        r"enter \w+ mode|\w+ mode (?:is )?(?:on|enabled|active)|become|du bist (?:jetzt|nun)|tu es (?:maintenant|desormais)|"
        r"vous etes (?:maintenant|desormais)|ahora eres|sei ora|je bent nu|agora (?:voce )?(?:e|es))\b"
    ),
    "you": (
        r"\b(?:you|your|yours|yourself|du|dein\w*|dir|dich|sie|ihr\w*|tu|ton|ta|tes|vous|votre|vos|usted|tus?|sus?|tuo|tua|"
        r"je|jij|jouw|uw|voce|seus?|suas?)\b"
    ),
    "unseen": (
        r"<!--|font-size:\s*0|display:\s*none|visibility:\s*hidden|color:\s*(?:white|#fff|transparent)|opacity:\s*0|aria-hidden|"
        r"\[//\]|/\*|\balt=|\btitle=|\bdata-\w+=|^\s*#(?!#)|^\s*//|\{#"
    ),
    "address": r"https?://|www\.|[\w.+-]@[\w-]+\.|!\[",
    "coded": r"\b(?:base ?64|rot ?13|decoded?|encoded|dekodier\w*|hex)\b|[A-Za-z0-9+/]{40,}={0,2}",
    "people": (
        r"\b(?:dear (?:m[rs]s?\b|dr|team|guests?|parents?|colleagues?|customers?|all|sir|madam|friends?|neighbou?rs?|members?"
        r"|\w+,)|visitors?|guests?|passengers?|students?|employees?|staff|children|patients?|tenants?|drivers?|members|"
        r"parents|colleagues?|liebe (?:eltern|kolleg\w+|gaste|kund\w+)|sehr geehrte\w*|cher(?:s|es)? (?:clients?|parents)|"
        r"estimad[oa]s?|gentil[ei]|beste (?:ouders|collega\w*)|doctor|pharmacist|we\b|our\b|wir\b|nous\b|nosotros)\b"
    ),
    "report": (
        r"\b(?:attack(?:er|s|ers)?|injections?|jailbreak\w*|researchers?|stud(?:y|ies)|paper|examples?|e\.g\.|for instance|"
        r"such as|so-called|vulnerabilit\w+|threats?|training|course|chapter|lesson|phishing|defen[cs]e|mitigations?|detect\w*|"
        r"filters?|article|explains?|shows?|teaches|learn|workshop|angriff\w*|beispiel\w*|exemple|ejemplo|esempio)\b"
    ),
    "product": (
        r"\b(?:our|the|new|an?|this|your) (?:\w+ )?(?:assistant|chatbot|bot|copilot|agent|model) (?:can|helps?|answers?|offers?"
        r"|supports?|learns?|runs?|is (?:available|trained|based)|was|has|will)\b|\b(?:estate|travel|insurance|booking|sales|"
        r"cleaning|free|secret|chemical) agents?\b|\b(?:assistant|shop|teaching|research) (?:manager|professor|director|"
        r"assistants?)\b|\bmodel (?:number|no|year|name|train|[a-z]?\d+)\b|\b(?:washing|sewing|coffee|vending|slot) machines?\b"
    ),
}
NAMES = tuple(_WORDS)
_FOUND = {name: re.compile(words, re.MULTILINE) for name, words in _WORDS.items()}
_CUT = re.compile(
    r"(?:[\u3002\uff01\uff1f]|[.!?](?=[\s\"'<)\]]|$))\s*|\n+|<br ?/?>|</(?:p|div|li|td|h\d|span)>|-->|\",\s*\""
)
_LONGEST = 400


def sentences(text: str) -> list[Window]:
    """Sentences, lines and fields of a text, as places in it; a very long one is cut."""
    found, start = [], 0
    for end in [*(match.end() for match in _CUT.finditer(text)), len(text)]:
        for first in range(start, end, _LONGEST):
            last = min(first + _LONGEST, end)
            if text[first:last].strip():
                found.append(Window(first, last))
        start = max(start, end)
    return found


def signs(text: str, places: list[Window]) -> Matrix:
    """Which signs stand in each sentence, as 0 and 1 of shape (sentences, signs)."""
    found = np.zeros((len(places), len(NAMES)), dtype=np.float32)
    starts = [place.start for place in places]
    for column, name in enumerate(NAMES):
        rows = {bisect_right(starts, x.end() - 1) - 1 for x in _FOUND[name].finditer(text)}
        found[[row for row in rows if row >= 0], column] = 1.0
    return found
