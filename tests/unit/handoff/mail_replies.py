"""Answers as mail programs send them in four languages, and what an agent has said in each."""

from __future__ import annotations

from bot.handoff.desks.email.replies import MARKER

OURS = f"""{MARKER}

[2026-11-22 07:36:02] Hallå? Var är min jacka?

--- The conversation, times in Europe/Stockholm ---
[2026-11-22 07:34] Customer: Hej"""
QUOTED = "\n".join(f"> {line}".rstrip() for line in OURS.splitlines())
TOMORROW = "Den kommer i morgon."
ORIGINAL = "Svara <svara@example.com>"
WANTED = "Hej Åsa!\n\nTack för ditt tålamod.\nTack vare dig hittade vi den."

PLAIN: dict[str, tuple[str, str]] = {
    "gmail, sv": (
        f"{WANTED}\n\nDen mån 23 nov. 2026 kl 07:36 skrev {ORIGINAL}:\n\n{QUOTED}",
        WANTED,
    ),
    "gmail, sv, attribution over two lines": (
        "Hej Åsa!\n\nDen mån 23 nov. 2026 kl 07:36 skrev Svara <\n"
        f"svara+ho_12@example.com>:\n\n{QUOTED}",
        "Hej Åsa!",
    ),
    "gmail, da": (
        "Hej!\nTak for din besked. Pakken er på vej.\n\n"
        f"Den man. 23. nov. 2026 kl. 07.36 skrev {ORIGINAL}:\n\n{QUOTED}",
        "Hej!\nTak for din besked. Pakken er på vej.",
    ),
    "gmail, nb": (
        f"Hei!\nPakken er på vei.\n\nman. 23. nov. 2026 kl. 07:36 skrev {ORIGINAL}:\n\n{QUOTED}",
        "Hei!\nPakken er på vei.",
    ),
    "gmail, en": (
        "Hello!\n\nThanks, I have found it.\nIt comes on Monday.\n\n"
        f"On Mon, Nov 23, 2026 at 7:36 AM {ORIGINAL} wrote:\n\n{QUOTED}",
        "Hello!\n\nThanks, I have found it.\nIt comes on Monday.",
    ),
    "apple, sv": (
        f"{TOMORROW}\n\n> 23 nov. 2026 kl. 07:36 skrev {ORIGINAL}:\n> \n{QUOTED}",
        TOMORROW,
    ),
    "apple, nb": (
        f"{TOMORROW}\n\n23. nov. 2026 kl. 07:36 skrev {ORIGINAL}:\n\n{QUOTED}",
        TOMORROW,
    ),
    "thunderbird, sv": (
        f"{TOMORROW}\n\nDen 2026-11-23 kl. 07:36, skrev Svara:\n{QUOTED}",
        TOMORROW,
    ),
    "thunderbird, nb": (f"{TOMORROW}\n\nDen 23.11.2026 07:36, skrev Svara:\n{QUOTED}\n", TOMORROW),
    "outlook, sv": (
        f"{TOMORROW}\n\nFrån: {ORIGINAL}\nSkickat: den 23 november 2026 07:36\n"
        f"Till: Kundtjänst <help@example.com>\nÄmne: Hallå\n\n{OURS}",
        TOMORROW,
    ),
    "outlook, da": (
        f"{TOMORROW}\n\n{'_' * 32}\nFra: {ORIGINAL}\nSendt: 23. november 2026 07:36\n"
        f"Til: Kundeservice <help@example.com>\nEmne: Hallå\n\n{OURS}",
        TOMORROW,
    ),
    "outlook, nb": (
        f"{TOMORROW}\n\n-----Opprinnelig melding-----\nFra: {ORIGINAL}\n"
        "Sendt: mandag 23. november 2026 07:36\nTil: Help <help@example.com>\n"
        f"Emne: Hallå\n\n{OURS}",
        TOMORROW,
    ),
    "outlook, en": (
        f"{TOMORROW}\n\nFrom: {ORIGINAL}\nSent: Monday, November 23, 2026 7:36 AM\n"
        f"To: Help <help@example.com>\nSubject: Hallå\n\n{OURS}",
        TOMORROW,
    ),
    "a program that says nothing of what it quotes": (f"{TOMORROW}\n\n{OURS}", TOMORROW),
    "below what is quoted": (
        f"Den mån 23 nov. 2026 kl 07:36 skrev {ORIGINAL}:\n\n{QUOTED}\n\n{TOMORROW}",
        TOMORROW,
    ),
    "between what is quoted": (
        f"Se nedan.\n\nOn Mon, Nov 23, 2026 at 7:36 AM {ORIGINAL} wrote:\n"
        "> Var är den?\nI Borås.\n> Och när kommer den?\nI morgon.",
        "Se nedan.\n\nI Borås.\n\nI morgon.",
    ),
    "a list": (
        "Gör så här:\n- starta om\n- logga in\n\nSäg till om det inte hjälper.",
        "Gör så här:\n- starta om\n- logga in\n\nSäg till om det inte hjälper.",
    ),
    "signature, sv": (
        f"{TOMORROW}\n\nMed vänliga hälsningar\nAstrid Lund\nKundtjänst, Nordlys AB\n+46 31 123 45",
        TOMORROW,
    ),
    "signature, da": (f"{TOMORROW}\n\nMed venlig hilsen\n\nBo Møller\nKundeservice", TOMORROW),
    "signature, nb": (f"{TOMORROW}\n\nMvh Kari", TOMORROW),
    "signature, en": (f"{TOMORROW}\n\nBest regards,\nAstrid Lund", TOMORROW),
    "signature below two hyphens": (
        f"{TOMORROW}\n-- \nAstrid Lund\nDet här mejlet är bara till dig som fick det, ingen annan.",
        TOMORROW,
    ),
    "telephone, sv": (f"{TOMORROW}\n\nSkickat från min iPhone", TOMORROW),
    "telephone, nb": (f"{TOMORROW}\n\nSendt fra min iPhone", TOMORROW),
    "telephone, outlook": (f"{TOMORROW}\n\nHämta Outlook för iOS<https://aka.ms/x>", TOMORROW),
    "an afterthought below the signature": (
        f"{TOMORROW}\n\nMvh\nAstrid\n\nPS. Spara kvittot",
        f"{TOMORROW}\n\nMvh\nAstrid\n\nPS. Spara kvittot",
    ),
    "a line that begins as a thank-you": (
        "Hej!\nTack för beskedet. Jag skickar en ny i dag.",
        "Hej!\nTack för beskedet. Jag skickar en ny i dag.",
    ),
    "a line that begins as a telephone's": (
        "Din jacka är packad.\nSkickat från lagret i Borås i dag",
        "Din jacka är packad.\nSkickat från lagret i Borås i dag",
    ),
    "rules between paragraphs": (
        "Två saker.\n\n-----\n\nFörst det här.\n\n--\n\nSedan måste du skicka tillbaka jackan.",
        "Två saker.\n\n-----\n\nFörst det här.\n\n--\n\nSedan måste du skicka tillbaka jackan.",
    ),
}
"""By name: the text of a mail, and the agent's words in it."""

_HEADERS = (
    "<b>Fr&aring;n:</b> Svara &lt;svara@example.com&gt; <br><b>Skickat:</b> den 23 november 2026 "
    "07:36<br><b>Till:</b> Help &lt;help@example.com&gt;<br><b>&Auml;mne:</b> Hall&aring;"
)
HTML: dict[str, tuple[str, str]] = {
    "outlook": (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!-- p.MsoNormal '
        '{margin:0cm} --></style></head><body lang="SV"><div class="WordSection1">'
        '<p class="MsoNormal">Din jacka &auml;r p&aring; v&auml;g. Se '
        '<a href="https://shop.example/t?id=a_b">h&auml;r</a>.<o:p></o:p></p>'
        '<p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoNormal">Med v&auml;nliga '
        'h&auml;lsningar<o:p></o:p></p><p class="MsoNormal"><b>Astrid Lund</b><o:p></o:p></p>'
        f'<div><div style="border:none"><p class="MsoNormal">{_HEADERS}<o:p></o:p></p></div></div>'
        f"<p>{MARKER}</p><p>hemligt</p></div></body></html>",
        "Din jacka är på väg. Se [här](https://shop.example/t?id=a_b).",
    ),
    "outlook on the web": (
        '<div class="elementToProof">Hej, den kommer.</div><div id="appendonsend"></div>'
        f'<hr tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri">{_HEADERS}'
        f"</font></div><div>{MARKER}<br><br>hemligt</div>",
        "Hej, den kommer.",
    ),
    "gmail": (
        '<div dir="ltr"><div>Hej!</div><div>Den kommer.</div><div><br></div>'
        '<span class="gmail_signature_prefix">-- </span><br><div class="gmail_signature">Astrid'
        '</div></div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">Den mån 23 nov.'
        ' 2026 kl 07:36 skrev Svara &lt;<a href="mailto:svara@example.com">svara@example.com</a>'
        f"&gt;:<br></div><blockquote>{MARKER}<br><br>hemligt<br></blockquote></div>",
        "Hej!\n\nDen kommer.",
    ),
    "apple": (
        "<html><body>Hej!<div><br></div><div>Den kommer.</div><div><br><blockquote "
        'type="cite"><div>23 nov. 2026 kl. 07:36 skrev Svara &lt;svara@example.com&gt;:</div><br>'
        f"<div>{MARKER}<br><br>hemligt</div></blockquote></div><br></body></html>",
        "Hej!\n\nDen kommer.",
    ),
    "thunderbird": (
        "<html><body><p>Hej!</p><ul><li>ett</li><li>två</li></ul>"
        '<pre class="moz-signature" cols="72">-- \nAstrid</pre><div class="moz-cite-prefix">On '
        '2026-11-23 07:36, Svara wrote:<br></div><blockquote type="cite"><pre '
        f'class="moz-quote-pre">{MARKER}\n\nhemligt</pre></blockquote></body></html>',
        "Hej!\n\n- ett\n- två",
    ),
}
"""By name: the HTML of a mail, and the agent's words in it."""
