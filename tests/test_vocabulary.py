"""One word for one thing: words that we no longer use are named with the word to write instead (docs/vocabulary.md)."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import re2

ROOT = Path(__file__).resolve().parent.parent

# What to write instead. A name matches as a word of prose and as a part of an identifier, in singular and plural
RETIRED = {
    "errand": "job",
    "looker": "watcher",
    "workbench": "runner",
    "helpdesk": "trouble ticket",
    "doings": "seat log",
    "unticketed": "unauthenticated",
    "bench_page": "lab page",
    "chore": "job; for a process, periodic work",
    "sighting": "live check, CheckStatus",
    "deed": "seat log entry",
    "keepsake": "trouble ticket, capture or save: say which",
    "reaper": "reconciliation",
}
# As regular expressions, where a name alone would catch too much
RETIRED_PATTERNS = {
    r"vaka[./]room\b|settings\.ROOM\b": "vaka.lan, settings.LAN",
    r"(?i)\b(?:labs_)?check_?now(?:_|\b)": "CheckStatus",
    r"(?i)\b(?:workshops_)?WorkshopSeat\b": "Seat",
    r"\banew\b": "again",
    r"\b(?:stands?|stood|waits?|waiting|put|first|last|place|turn) in (?:the )?line\b(?! (?:\d|\{|%))": "in the queue",
    r"[\"']in line[\"']|[Ee]vent `line`": "in the queue, event `queue`",
    r"\b[Tt]ickets? (?:that opens?|to open|for) (?:a )?terminals?\b": "terminal token",
    r"(?i)\b(?:wrong|too many) attempts?\b": "guess; a request",
    r"(?i)\blabs? for a class\b": "class lab",
    r"\b[Ww]orkshop strip\b": "seat bar",
    r"tests/live/test_room\b|\broom of people\b": "LAN",
    r"\b(?:looks?|looking|looked) on at\b": "observe",
    r"\bVisit\b": "Observer",
    r"\blabs\.published\b": "labs.registry",
    r"ticketUrl|ticket_url|ticket-url|NO_TICKET|(?:labs|workshops):ticket\b": "terminal token",
    r"\b(?:class|import) Bench\b": "LabPage",
    r"\bpublished\.(?:of|newest)\b": "labs.registry",
    r"Kind\.JUMP|request_jump|jump_lab|jobs\.jump\b": "skip",
    r"\bbegun_with(?:__|\b)": "initial_state",
    r"(?<![a-z_])handed_over(?:__|(?![a-z_]))": "nodes_to_reset",
    r"\bwent_on_at(?:__|\b)": "pause_ended_at",
    r"\bStanding\b|\.standing(?:__|\b)": "AccountStatus, account_status",
    r"\bLinkMade\b|\blink_is_news\b": "PasswordLink, has_unread_password_link",
    r"[Cc]redential\.(?:facts|place)\b|\bPlace\.objects\b": "content, status_list_entry, StatusListEntry",
    r"\bevents\.(?:tell|hear)\b": "publish, subscribe",
    r"\bobserver\.becomes\b": "change",
    r"\bTypist\b|\bVisitor\(|\bimport Visitor\b": "TerminalClient, SiteClient",
    r"runtime\.client import .*\bSession\b|\bclient\.Session\b": "LabClient",
    r"\b(?:own_site|second_site)\b": "temporary_site, child_site",
    r"(?:labs\.lifecycle|courses|vaka\.mentoring|workshops\.services)\b[. ](?:import )?account_export": "personal_data",
    r"(?:courses|mentoring|credentials):mine\b": "the name of the page, such as courses:my_progress",
    r"\b(?:class|import) Stand\b": "BenchSite, ChaosSite",
    r"\b[Hh]and-overs?\b(?![\"/])": "handover of a class-lab seat, transfer of a trainee",
    r"\bservice[_ -]accounts?\b": "system account",
    r"(?i)\bstillness\b|\bat[ _]rest\b|\b(?:come|came) to rest\b|\bstill networks?\b|\bnever rests\b": "converged",
    r"(?i)\bwait_until_settled\b|unsettled\b|runtime\.settled\b|\bha(?:s|d|ve)(?:[ _]not)?[ _]settled\b": "converged",
    r"(?i)(?<![a-z])strain(?:s|ed)?(?![a-z])": "resource use, exhausted resources",
    r"(?i)\btroubles\b": "trouble tickets",
    r"\blooks?_on\b|\blook(?:s|ed|ing)? by (?:itself|themselves)\b": "observe; live check",
    r"\b(?:jump|bring|brought)(?:s|ed|ing)? (?:\w+ )?to (?:a|the|this|that|its) stage\b": "skip to a stage",
    r"\b(?:enough|no|free|more) room for (?:a|the|this|another|more|its|all|other) labs?\b": "capacity",
    r"\b[Ss]hel(?:f|ves)\b|\b[Cc]atch-?ups?\b": "lab page, or the name of its panel",
    r"\b(?:exam|help|lab)[ _-]desks?\b": "overview of an exam, trouble ticket, lab page",
    r"(?i)\b(?:labs[./]pages|templates/labs|labs\.views)[./]_?rolls?\b|\brolls? of (?:a|the) class\b": "seats, roster",
    r"(?i)\b(?:slow|thin|bad|broken|lossy) lines?\b": "connection; a thin link is the proxy",
    r"\bclass Line\(Protocol\)|\bself\._line = connect\b|/test_line\b": "terminal, connection",
    r"(?i)\btypists?\b": "terminal client; of a terminal, the window that types",
    r"\b(?:two|three|several|all|many|the|few|its|these|attempts and|checks,) looks\b|(?<!it )(?<!it_)\blooks\b(?= = |\()": (
        "ungraded check, live check, search, reading"
    ),
    r"\b(?:an?|no|the first|later) look\b(?!-)(?! (?:at|into))": "ungraded check, live check, search, reading",
    r"\bdef test_(?:\w+_)?staff(?:_|\()": "administrator; instructors, who see more than learners too",
    r"\b(?:agenda|workshop) sessions?\b|\bwithout one it is a session\b|AgendaItem\.Kind\.SESSION": "agenda item, practice",
    r"(?i)\bworkshop_?staff\b|\bworkshop\.staff\b|(?:add|remove)_staff\b|\bstaff_?form\b": "team",
    r"(?i)\bstaff of (?:the|this) site\b|\bsite(?:'s)? staff\b|\bask the staff\b|\bof the staff\b(?! \|)": "administrator",
    r"(?i)\bstaff of (?:a|the|their|this|each|every) workshops?\b|\bworkshop's staff\b": "team of a workshop",
    r"\bbench: Runner\b|\bdef bench\(|\bas bench\b|\bbench\.(?:engine|relay|running)\b": "runner; bench is the benchmark",
}
HE = r"\b[Hh](?:e|is|im|imself)\b"
EXEMPT = {
    "CHANGELOG.md": "history",
    "docs/decisions/": "history",
    "docs/vocabulary.md": "names them",
    "tests/test_vocabulary.py": "names them",
    "LICENSE": "not our words",
    "uv.lock": "not our words",
    "tests/fixtures/": "output of programs",
    "platform/vaka/web/static/web/vendor/": "not our words",
}
# Words that are not mended yet, each with what it means there. Only for files that the proofs of all labs name, the engine's and
# the supervisor's: a word there can wait for the next change that needs new proofs
NOT_YET: dict[tuple[str, str], str] = {}
MIGRATIONS = re.compile(r"/migrations/\d{4}_|/test_migrations\.py$")  # they know the names of before
# Stories about people, reviewed by their authors
CONTENT = ("courses/content/", "labs/catalog/")
# The host of a site; a person sits at a computer of their own, which some texts must name
HOST = r"(?<!Open it on )(?<!If two of you share )\b[Tt]his (?:computer|machine)\b"
ENDINGS = {
    "",
    ".cfg",
    ".css",
    ".html",
    ".ini",
    ".js",
    ".json",
    ".md",
    ".py",
    ".sh",
    ".toml",
    ".txt",
    ".xml",
    ".yaml",
    ".yml",
}


# \\b sees no edge between a letter and "_", and a space is no "_": patterns are written as for prose, and find names too
EDGE = r"(?:(?<![A-Za-z])(?=[A-Za-z])|(?<=[A-Za-z])(?![A-Za-z]))"


def also_in_names(pattern: str) -> re.Pattern[str]:
    """Compile a pattern so that it also finds its words inside a name in snake_case."""
    spaced = re.sub(r"\[[^]]*\]|\(\?<?[=!][^()]*\)| ", lambda found: "[ _]" if found[0] == " " else found[0], pattern)
    return re.compile(spaced.replace(r"\b", EDGE))


def as_pattern(name: str) -> str:
    """A pattern for a name: ``seat_log`` also finds SeatLog, seat-log, "seat log" and their plurals."""
    parts = name.split("_")
    plain = "[_ -]?".join(f"[{part[0].upper()}{part[0]}]{part[1:]}" for part in parts)
    camel = "".join(part.capitalize() for part in parts)
    return rf"(?<![A-Za-z]){plain}s?(?![a-z])|(?<=[a-z]){camel}s?(?![a-z])|\b{name.upper()}S?(?![A-Z])"


def compiled(names: dict[str, str], patterns: dict[str, str]) -> list[tuple[re.Pattern[str], str]]:
    every = {as_pattern(name): instead for name, instead in names.items()} | patterns
    return [(also_in_names(pattern), instead) for pattern, instead in every.items()]


DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
QUESTION_WORD = re.compile(r"(What|Who|Whom|Whose|Which|Whether|Where|When|Why|How)\b")

WORDS = compiled(RETIRED, RETIRED_PATTERNS)
NO_PERSON, NO_HOST = also_in_names(HE), also_in_names(HOST)
LOOKED_FOR = (*(pattern for pattern, _instead in WORDS), NO_PERSON, NO_HOST)

IN_A_CLASS = r"\[\^?\]?(?:\\.|[^\]\\])*\]"
# An assertion about what stands before or after: groups in it are at most two deep
ASSERTION = re.compile(
    rf"(?s)(?P<kept>\\[^b]|{IN_A_CLASS})|\\b"
    rf"|\(\?<?[=!](?:\\.|{IN_A_CLASS}|[^()\\[]|\((?:\\.|{IN_A_CLASS}|[^()\\[])*\))*\)"
)


# For re2 only letters, digits and "_" of ASCII are of a word
WORD_IN_RE2 = {r"\w": r"[\w[:^ascii:]]"}


def without_assertions(pattern: str) -> str:
    """Return a pattern for re2, which knows no assertions: it matches wherever *pattern* does, and elsewhere too."""
    return ASSERTION.sub(lambda found: WORD_IN_RE2.get(found["kept"], found["kept"] or ""), pattern)


@cache
def possible_files(pattern: re.Pattern[str]) -> tuple[tuple[str, str], ...]:
    """Return our files without those in which a pattern of LOOKED_FOR cannot match, neither in the text nor in the name."""
    number = LOOKED_FOR.index(pattern)
    return tuple(file for file, numbers in zip(files(), possible_patterns(), strict=True) if number in numbers)


@cache
def possible_patterns() -> list[set[int]]:
    """For each of our files, the patterns that can match there: re2 looks for all at once, which Python's re cannot."""
    options = re2.Options()
    options.max_mem = 1 << 28
    every = re2.Set.SearchSet(options)
    for pattern in LOOKED_FOR:
        every.Add(without_assertions(pattern.pattern))
    anything = every.Add("")
    every.Compile()
    found = [set(every.Match(f"{name}\n{text}") or ()) for name, text in files()]
    assert all(anything in numbers for numbers in found), "re2 has no memory for so many patterns"
    return found


@cache
def files() -> tuple[tuple[str, str], ...]:
    """Our files with their texts, as git knows them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("This is an archive and not a clone: git does not say which files are ours.")
    return tuple((name, text) for name in listed.stdout.split("\0") if (text := text_of(name)) is not None)


def text_of(name: str) -> str | None:
    path = ROOT / name
    ours = name and path.suffix in ENDINGS and path.is_file() and not path.is_symlink()
    if not ours or MIGRATIONS.search(name) or name.startswith(tuple(EXEMPT)):
        return None
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return None


def found(pattern: re.Pattern[str], skip: tuple[str, ...] = ()) -> Iterator[str]:
    for name, text in possible_files(pattern):
        if name.startswith(skip or ("\0",)):
            continue
        if match := pattern.search(name):
            yield f"{name}: its name has {match.group()!r}"
        for match in pattern.finditer(text):
            if (name, match.group()) not in NOT_YET:
                yield f"{name}:{text.count('\n', 0, match.start()) + 1}: {match.group()}"


@pytest.mark.parametrize(("pattern", "instead"), WORDS, ids=[*RETIRED, *RETIRED_PATTERNS])
def test_a_retired_word_is_not_used_any_more(pattern, instead):
    assert list(found(pattern, skip=CONTENT)) == [], f"write {instead}"


def test_a_person_without_a_name_is_they():
    assert list(found(NO_PERSON, skip=CONTENT)) == [], (
        "write they, the learner, the trainee; she or he only of a named person"
    )


def test_the_host_is_this_server():
    assert list(found(NO_HOST, skip=CONTENT)) == [], "write this server"


def docstrings():
    """Each docstring of our Python files with its file and line, and whether its function returns a bool."""
    for name, text in files():
        if name.endswith(".py"):
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, DOCUMENTED) and (said := ast.get_docstring(node)):
                    returns = ast.unparse(node.returns) if getattr(node, "returns", None) else "bool"
                    yield f"{name}:{node.body[0].lineno}", said, "bool" in returns


def test_a_docstring_says_what_a_thing_is_or_does_and_asks_nothing():
    every = list(docstrings())
    asking = [
        f"{place}: {said[:60]}"
        for place, said, is_bool in every
        if (word := QUESTION_WORD.match(said)) and not (word[0] == "Whether" and is_bool)
    ]
    assert asking == [], "begin with a noun or a verb; with “Whether” only where a function returns a bool"
    assert len(every) > 3000


@pytest.mark.parametrize("text", ["an errand", "Errand(", "open_errands", "OpenErrand", "errand-list", "ERRANDS"])
def test_a_retired_word_is_found_in_prose_and_in_identifiers(text):
    assert re.search(as_pattern("errand"), text)


@pytest.mark.parametrize("text", ["indeed", "Indeed", "exceeded"])
def test_a_part_of_another_word_is_not_a_retired_word(text):
    assert not re.search(as_pattern("deed"), text)


@pytest.mark.parametrize("text", ["WorkshopSeat", "workshop_seats", "workshop seat", "workshop-seat"])
def test_a_name_of_two_words_is_found_however_it_is_written(text):
    assert re.search(as_pattern("workshop_seat"), text)


@pytest.mark.parametrize(("pattern", "text"), [(r"\banew\b", "renewed"), (HE, "the_host"), (HE, "this")])
def test_a_pattern_finds_no_part_of_another_word(pattern, text):
    assert not also_in_names(pattern).search(text)


def test_a_pattern_without_its_assertions_matches_wherever_the_pattern_does():
    assert without_assertions(r"(?<!it )\blooks\b(?= = |\()") == "looks"
    assert without_assertions(r"[\"']in line[\b\]]|(?:a|b)\(c(?! (?:\d|\{|[)]))") == r"[\"']in line[\b\]]|(?:a|b)\(c"
    for pattern in LOOKED_FOR:
        left = without_assertions(pattern.pattern)
        assert not re.search(r"\(\?<?[=!]|\\[sSdDW]", left), f"{left}: Python and re2 differ in what it matches"


@pytest.mark.parametrize("text", ["An errand.", "the_host of his site", "class Stand(", "It brings Zoë to a stage"])
def test_each_pattern_that_matches_a_text_is_possible_there(monkeypatch, text):
    monkeypatch.setitem(globals(), "files", lambda: (("a.md", text),))
    [possible] = possible_patterns.__wrapped__()
    matching = {number for number, pattern in enumerate(LOOKED_FOR) if pattern.search(text)}
    assert matching
    assert matching <= possible


def test_files_that_are_exempt_exist():
    assert [name for name in EXEMPT if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("text", ["can_be_opened_anew", "_begins_anew", "holds_anew(", "opened anew", "begin_anew"])
def test_a_pattern_is_found_in_prose_and_in_identifiers(text):
    assert also_in_names(r"\banew\b").search(text)


def test_a_word_that_is_mended_leaves_the_list():
    assert [(name, word) for name, word in NOT_YET if word not in (ROOT / name).read_text()] == []
