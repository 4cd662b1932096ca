"""The prediction of a line while its echo is under way. The module runs in Chromium, with a small shell in JavaScript."""

import base64
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

SCRIPT = Path(__file__).parents[3] / "labs/static/labs/typing-predictor.js"

# A line editor as readline is one, whose echo arrives when the test says so
SHELL = """
class Shell {
  constructor(prompt, { echoes = true, known = true } = {}) {
    Object.assign(this, { chars: [...prompt], at: prompt.length, id: 1, mark: 0, coming: [], asked: [], echoes });
    this.prompt = known ? prompt.length : undefined;
    this.floor = prompt.length;
    this.takesMarks = prompt.includes('@');
    this.predictor = new module.Predictor();
  }
  get seen() {
    if (this.program === 'less') return null;
    const { id, chars, at, prompt, takesMarks } = this;
    return { id, chars: [...chars], at, prompt, takesMarks };
  }
  type(...keys) {
    for (const key of keys) {
      this.mark += 1;
      this.coming.push([key, this.mark]);
      this.asked.push(this.mark);
      this.predictor.typed(key, this.seen, this.mark);
    }
    return this;
  }
  // The echo of so many keys arrives, or of all of them.
  echo(count = this.coming.length) {
    for (const [key] of this.coming.splice(0, count)) this.take(key);
    this.predictor.look(this.seen);
    return this;
  }
  answer(count = this.asked.length) {
    const mark = this.asked.splice(0, count).at(-1);
    if (mark) this.predictor.answer(mark, this.seen);
    return this;
  }
  // A command with less in it opens a program that repaints the screen, one with more a program that asks on its last line.
  enter() {
    this.program = ['less', 'more'].find((name) => this.chars.join('').includes(name));
    const [line, prompt] = this.program ? ['--More--'] : ['r1# ', 4];
    Object.assign(this, { chars: [...line], at: line.length, id: this.id + 1, prompt, floor: line.length, takesMarks: false });
  }
  take(key) {
    if (this.program) { if (key === 'q') { this.chars = []; this.enter(); } }
    else if (key === '\\r') this.enter();
    else if (!this.echoes) return;
    else if (key === '\\x7f') { if (this.at > this.floor) { this.at -= 1; this.chars.splice(this.at, 1); } }
    else if (key === '\\x1b[D') this.at = Math.max(this.floor, this.at - 1);
    else if (key === '\\x1b[C') this.at = Math.min(this.chars.length, this.at + 1);
    else if (key === '\\t') { this.chars.push(...'ow '); this.at = this.chars.length; }
    else if (key === '?' && !this.takesMarks) Object.assign(this, { id: this.id + 1 });
    else {
      const text = [...key.replaceAll(/\\x1b\\[20[01]~/g, '')];
      this.chars.splice(this.at, 0, ...text);
      this.at += text.length;
    }
  }
  get text() { const { shown } = this.predictor; return shown && shown.chars.join('').trimEnd(); }
  get cursor() { return this.predictor.shown?.at; }
}
"""


@pytest.fixture(scope="module")
def run(chromium):
    page = chromium.new_page()
    source = base64.b64encode(SCRIPT.read_bytes()).decode()

    def evaluate(body: str):
        script = "async ([source, body]) => new Function('module', body)(await import(`data:text/javascript;base64,${source}`))"
        return page.evaluate(script, [source, SHELL + body])

    yield evaluate
    page.close()


def test_letters_on_a_prompt_are_shown_at_once_and_no_longer_once_the_terminal_has_them(run):
    assert run("""
        const shell = new Shell('r1# ').type('s', 'h');
        const before = [shell.text, shell.cursor];
        shell.echo(1);
        const between = shell.text;
        return [before, between, shell.echo().text];
    """) == [["r1# sh", 6], "r1# sh", None]


def test_on_a_line_that_is_no_prompt_nothing_is_shown_before_it_has_echoed(run):
    assert run("""
        const shell = new Shell('Your name: ', { known: false }).type('A');
        const before = shell.text;
        shell.echo().answer().type('d', 'a');
        return [before, shell.text];
    """) == [None, "Your name: Ada"]


def test_a_password_is_never_shown(run):
    assert run("""
        const shell = new Shell('Password: ', { echoes: false, known: false });
        const shown = [..."secret"].map((key) => [shell.type(key).text, shell.echo().answer(1).text]);
        return [shown.flat().every((text) => text === null), shell.text];
    """) == [True, None]


def test_two_keys_that_undo_each_other_do_not_prove_that_a_line_echoes(run):
    assert run("""
        const shell = new Shell('Password: ', { echoes: false, known: false }).type(' ', '\\x1b[D').echo();
        const shown = [shell.type('s').text];
        shell.echo().answer();
        return [...shown, shell.type('e').text, shell.echo().answer().text];
    """) == [None, None, None]


def test_what_looks_like_a_prompt_and_does_not_echo_shows_letters_for_one_round_trip_at_most(run):
    assert run("""
        const shell = new Shell('r1# ', { echoes: false }).type('s', 'e');
        const first = shell.text;
        shell.echo().answer(2);
        return [first, shell.text, shell.type('c').text, shell.answer().type('r', 'e').text];
    """) == ["r1# se", None, None, None]


def test_an_echo_that_was_late_hides_what_was_predicted_only_until_it_comes(run):
    assert run("""
        const shell = new Shell('r1# ').type('s', 'h');
        shell.answer(1);
        const shown = [shell.text, shell.type('o').text];
        shell.echo(1);
        return [...shown, shell.text, shell.type('w').text, shell.echo().answer().text];
    """) == [None, None, "r1# sho", "r1# show", None]


def test_while_one_types_on_what_does_not_echo_shows_nothing(run):
    assert run("""
        const shell = new Shell('r1# ', { echoes: false }).type('s', 'e');
        shell.echo().answer(1);
        const shown = [...'cret'].map((key) => [shell.text, shell.type(key).text, shell.echo().answer(1).text]);
        return shown.flat().every((text) => text === null);
    """)


@pytest.mark.parametrize("key", ["\\t", "\\r", "\\x03", "\\x1b[A", "\\x1b[H", "?", "\\x1b[200~one\\rtwo\\x1b[201~"])
def test_after_a_key_whose_effect_is_not_known_nothing_is_predicted_until_it_is_answered(run, key):
    assert run(f"""
        const shell = new Shell('r1# ').type('a').echo().answer().type('{key}', 'b');
        const before = shell.text;
        shell.echo().answer().type('c');
        return [before, shell.text.endsWith('c')];
    """) == [None, True]


def test_who_types_on_after_enter_sees_it_once_the_next_prompt_is_there(run):
    assert run("""
        const shell = new Shell('r1# ').type('a', '\\r', 's', 'h');
        const shown = [shell.text];
        shell.echo(3).answer(1);
        shown.push(shell.text, shell.answer(1).text, shell.type('o').text);
        return [...shown, shell.echo().answer().text];
    """) == ["r1# a", None, "r1# sh", "r1# sho", None]


def test_after_enter_nothing_is_shown_where_the_next_line_is_no_prompt_or_leaves_it_open_what_was_echoed(run):
    assert run("""
        const asks = new Shell('r1# ').type('\\r', 's', 'e');
        asks.echo(1);
        Object.assign(asks, { chars: [...'Password: '], at: 10, prompt: undefined, echoes: false });
        const shown = [asks.answer(1).text, asks.type('c').text];
        const open = new Shell('r1# ').type('\\r', 'a', '\x7f', 'a');
        return [...shown, open.echo(2).answer(1).text];
    """) == [None, None, None]


@pytest.mark.parametrize("program", ["less", "more"])
def test_who_has_left_a_pager_sees_what_is_typed_next_and_no_key_of_the_pager(run, program):
    assert run(f"""
        const shell = new Shell('r1# ').type(...'{program}', '\\r').echo().answer();
        const shown = [shell.text, shell.type('j').text, shell.echo().answer().text, shell.type('q').text];
        shell.echo();
        shown.push(shell.text, shell.type('s').text, shell.type('h').text); // the answer to q is still under way
        shell.answer(1);
        return [...shown, shell.text, shell.type('o').text, shell.echo().answer().text];
    """) == [None, None, None, None, None, None, None, "r1# sh", "r1# sho", None]


def test_what_was_typed_before_a_pager_came_is_not_shown_on_the_prompt_after_it(run):
    assert run("""
        const shell = new Shell('r1# ').type(...'less', '\\r').echo(4).type('j', 'q');
        shell.echo(1).answer(5);
        const shown = [shell.text];
        shell.echo();
        return [...shown, shell.text, shell.answer().text, shell.type('a').text];
    """) == [None, None, None, "r1# a"]


def test_a_question_mark_is_a_letter_for_a_shell(run):
    assert run("return new Shell('ada@r1:~# ').type('?').text") == "ada@r1:~# ?"


def test_backspace_and_arrows_are_predicted_up_to_the_prompt(run):
    assert run("""
        const shell = new Shell('r1# ').type('s', 'o', '\\x7f', 'h', 'w', '\\x1b[D', 'o');
        const found = [shell.text, shell.cursor];
        shell.type('\\x1b[C');
        found.push(shell.cursor, shell.echo().text);
        const empty = new Shell('r1# ').type('\\x7f', 'x');
        return [...found, empty.text];
    """) == ["r1# show", 7, 8, None, None]


def test_a_paste_of_one_line_is_predicted(run):
    assert run("return new Shell('r1# ').type('\\x1b[200~show ip route\\x1b[201~').text") == "r1# show ip route"


def test_a_completion_that_was_under_way_makes_no_wrong_line(run):
    assert run("""
        const shell = new Shell('r1# ').type('s', 'h', '\\t', 'v');
        const shown = [shell.text];
        shell.echo(2); shown.push(shell.text); shell.echo(2); shown.push(shell.text);
        return shown;
    """) == ["r1# sh", None, None]


def test_a_line_that_is_pushed_up_by_other_output_is_no_longer_predicted(run):
    assert (
        run("""
        const shell = new Shell('r1# ').type('s', 'h');
        shell.id = 2;
        shell.predictor.look(shell.seen);
        return shell.text;
    """)
        is None
    )


def test_a_screen_that_a_program_repaints_has_no_predictions(run):
    assert (
        run("""
        const { Predictor } = module;
        const predictor = new Predictor();
        predictor.typed('x', null, 1);
        predictor.answer(1, null);
        predictor.typed('y', null, 2);
        return predictor.shown;
    """)
        is None
    )


def test_wide_letters_take_two_cells_and_wrap_as_a_whole(run):
    assert run("""
        const { cellsOf, layOut } = module;
        const cells = ['a', '水', '가', 'é', '\\u0301', '😀', '\\t'].map(cellsOf);
        return [cells, layOut([...'ab水c'], 3).map(({ row, x }) => [row, x])];
    """) == [[1, 2, 2, 1, 0, 0, 0], [[0, 0], [0, 1], [1, 0], [1, 2], [2, 0]]]


def test_whatever_is_typed_the_line_shown_is_the_one_that_comes_or_nothing_is_shown(run):
    wrong = run("""
        let seed = 7;
        const random = (below) => { seed = (seed * 48271) % 2147483647; return seed % below; };
        const keys = ['a', 'b', ' ', '水', '\\x7f', '\\x1b[D', '\\x1b[C', '\\t', '\\r', '?', 'q', 'less', 'more'];
        const wrong = [];
        for (let round = 0; round < 300; round += 1) {
          const shell = new Shell(['r1# ', 'ada@r1:~# ', 'name: '][round % 3], { known: round % 3 < 2 });
          for (let step = 0; step < 60; step += 1) {
            shell.type(keys[random(keys.length)]);
            const { shown } = shell.predictor;
            if (shown) { // play the echo of all predicted keys on a copy
              const last = shell.predictor.edits.at(-1).mark;
              const copy = Object.assign(Object.create(Shell.prototype), shell, { chars: [...shell.chars] });
              for (const [key, mark] of shell.coming) if (mark <= last) copy.take(key);
              const isSame = copy.at === shown.at && copy.chars.join('').trimEnd() === shown.chars.join('').trimEnd();
              if (!isSame) wrong.push([round, step]);
            }
            if (random(4) === 0) { const count = 1 + random(shell.asked.length); shell.echo(count).answer(count); }
          }
          shell.echo().answer();
          if (shell.predictor.shown) wrong.push([round, 'stays']);
        }
        return wrong;
    """)
    assert wrong == []


def test_however_late_echoes_are_no_letter_is_shown_wrongly_and_none_stays(run):
    wrong = run("""
        let seed = 11;
        const random = (below) => { seed = (seed * 48271) % 2147483647; return seed % below; };
        const wrong = [];
        for (let round = 0; round < 200; round += 1) {
          const shell = new Shell('r1# ');
          const typed = [];
          let shown = 0;
          for (let step = 0; step < 60; step += 1) {
            const key = String.fromCharCode(65 + step);
            shell.type(key);
            typed.push(key);
            const { text } = shell;
            if (text !== null) {
              const copy = Object.assign(new Shell('r1# '), { predictor: shell.predictor });
              for (const one of typed) copy.take(one);
              if (copy.chars.join('').trimEnd() !== text || copy.at !== shell.cursor) wrong.push([round, step]);
              shown += 1;
            }
            if (random(3) === 0) shell.echo(random(1 + shell.coming.length));
            if (random(3) === 0 && shell.asked.length) shell.answer(1 + random(shell.asked.length)); // also before the echo
          }
          if (!shown) wrong.push([round, 'nothing shown']);
          shell.echo().answer();
          if (shell.predictor.shown) wrong.push([round, 'stays']);
        }
        return wrong;
    """)
    assert wrong == []
