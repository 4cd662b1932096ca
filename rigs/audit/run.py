"""The audit: make each attack with all walls, make its control without one wall, and check the bystanders after it."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import dataclass
from uuid import uuid4

from labs.engine.definition.spec import Lab
from labs.engine.errors import EngineError
from labs.engine.runtime.driver import Engine
from labs.engine.runtime.runner import START_SECONDS, Runner, runner
from rigs.audit.attack import Attack, AttackOutcome, Family, refused, through
from rigs.audit.audit_labs import attacked_lab, control_lab, other_lab
from rigs.audit.families import ALL
from rigs.audit.latency import LatencyMeter
from rigs.audit.scene import Bystanders, Scene, first_trouble
from rigs.audit.time_limits import PatientClient
from rigs.audit.walls import EngineWithout, Wall

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Result:
    family: str
    attack: Attack
    outcome: AttackOutcome
    control: AttackOutcome | None

    @property
    def good(self) -> bool:
        shown = self.control is None or self.control.through or bool(self.attack.second_walls)
        return shown and not self.outcome.through


@dataclass(frozen=True, slots=True)
class RunningSite:
    """A running site: its engine and relay, and a function that fetches a page and returns the seconds."""

    runner: Runner
    page: Callable[[], float]


def audit(
    families: Sequence[Family] = ALL,
    tell: Callable[[Result], None] = lambda result: None,
    *,
    controlled: bool = True,
    site: RunningSite | None = None,
    image: str = "",
) -> list[Result]:
    """Make all attacks of these families. TELL is called with each result. Without controls it takes a third of the time.

    IMAGE: the flavour of the lab image of the attacked labs.
    That others become slow is a failure only beside a SITE: elsewhere the machine may be busy with something else.
    """
    attacks = [attack for family in families for attack in family.attacks]
    results = []
    with nullcontext(site.runner) if site else runner() as lab_runner, ExitStack() as stack:
        target = Target(lab_runner, stack, attacks, site, image)
        controls = Controls(lab_runner, stack, attacks, image)
        for family in families:
            for attack in family.attacks:
                outcome = target.make(attack)
                result = Result(family.name, attack, outcome, controls.of(attack) if controlled else None)
                tell(result)
                results.append(result)
    return results


class Target:
    """The attacked lab, and another learner's lab beside it."""

    def __init__(
        self, lab_runner: Runner, stack: ExitStack, attacks: Sequence[Attack], site: RunningSite | None, image: str = ""
    ) -> None:
        self.runner, self.attacks, self.image = lab_runner, list(attacks), image
        self.other = start(lab_runner, stack, lab_runner.engine, other_lab())
        self.latency = LatencyMeter(self.other.terminal("g1"), site.page if site else None, strict=bool(site))
        self._attacked = stack.enter_context(ExitStack())
        self._start()

    def _start(self) -> None:
        self._attacked.close()
        self.attacked = start(self.runner, self._attacked, self.runner.engine, attacked_lab(self.attacks, self.image))
        self.attacked.latency = self.latency
        self.bystanders = Bystanders(self.attacked, self.other)

    def make(self, attack: Attack) -> AttackOutcome:
        """Make an attack. It is refused if it did not come through, everybody else still works, and the node can be reset.

        A machine may be busy for a moment. So a slow round is repeated, and slowness counts in two rounds of three.
        """
        rounds = [self._make(attack)]
        while rounds[0].slow and len(rounds) < ROUNDS:
            rounds.append(self._make(attack))
        came = [outcome for outcome in rounds if outcome.through]
        if 2 * len(came) > len(rounds):
            return came[-1]
        return next(outcome for outcome in rounds if not outcome.through)

    def _make(self, attack: Attack) -> AttackOutcome:
        if attack.own_lab:
            return self._make_in_own_lab(attack)
        try:
            outcome = attack.make_in(self.attacked)
        except EngineError as error:  # an attack that cannot be judged does not end the audit
            outcome = through(f"it could not be judged: {error}")
        trouble = self.bystanders.trouble()
        try:
            self.attacked.clear()
        except EngineError as error:
            trouble = trouble or f"the node cannot be reset: {error}"
        if trouble:
            self._start()
            return through(f"{trouble} (the attack itself: {outcome.said})")
        return outcome

    def _make_in_own_lab(self, attack: Attack) -> AttackOutcome:
        """Make an attack that may end other programs of the learner's own lab, then start that lab again."""
        try:
            outcome = attack.make_in(self.attacked)
        except EngineError as error:
            outcome = refused(str(error))
        if outcome.through and outcome.said.startswith("NOTHING"):
            outcome = refused("it was ended before it could say so")
        trouble = first_trouble(self.bystanders.strangers)
        cost = first_trouble(self.bystanders.neighbours)
        self._start()
        if trouble:
            return through(trouble)
        return AttackOutcome(outcome.through, outcome.said + (f"; in their own lab it ended {cost}" if cost else ""))


class Controls:
    """Labs that lack one wall. Each starts with its first attack and ends after its last."""

    def __init__(self, lab_runner: Runner, stack: ExitStack, attacks: Sequence[Attack], image: str = "") -> None:
        self.runner, self.stack, self.image = lab_runner, stack, image
        self.attacks = list(attacks)
        self._scenes: dict[Wall, tuple[Scene, ExitStack]] = {}

    def of(self, attack: Attack) -> AttackOutcome | None:
        """The outcome of the attack without its wall; None if it has no control."""
        wall = attack.control
        self.attacks.remove(attack)
        if wall is None:
            return None
        scene, ending = self._scenes.get(wall) or self._start(wall, attack)
        try:
            return attack.make_in(scene)
        except EngineError as error:
            return refused(f"the control failed: {error}")
        finally:
            again = any(other.control is wall for other in self.attacks)
            try:
                if again:
                    scene.clear()
            except EngineError:  # the lab is spoiled, as it may be; the next attack gets a new one
                again = False
            if not again:
                self._scenes.pop(wall, None)
                ending.close()

    def _start(self, wall: Wall, attack: Attack) -> tuple[Scene, ExitStack]:
        ending = self.stack.enter_context(ExitStack())
        engine = EngineWithout(self.runner.engine.site, wall)
        ending.callback(engine.close)
        wanted = [attack, *(other for other in self.attacks if other.control is wall)]
        self._scenes[wall] = start(self.runner, ending, engine, control_lab(wanted, self.image)), ending
        return self._scenes[wall]


def start(lab_runner: Runner, stack: ExitStack, engine: Engine, lab: Lab) -> Scene:
    """Start a lab; the stack removes it."""
    name = str(uuid4())
    stack.callback(remove, engine, name)
    engine.start(name, lab, generation=1)
    session = PatientClient(lab_runner.relay, name)
    session.build(lab, seconds=START_SECONDS, on_step=lambda step, seconds: None)
    scene = Scene(engine, session)
    stack.callback(scene.close)
    return scene


def remove(engine: Engine, name: str) -> None:
    with suppress(EngineError):
        engine.remove(name)
