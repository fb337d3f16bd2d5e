"""The alarm for a wrong split: silent when assignment is right, loud when it is not."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluation.domain.split import split_log_evidence
from services.kernel import kit

LEVEL = kit.policy().split_alpha
LOG_BOUND = -math.log(LEVEL)
RUNS = 400
counts = st.integers(0, 10**7)
shares = st.floats(0.01, 0.99)
epochs = st.lists(st.tuples(shares, counts, counts), max_size=5)


def highest(configured: float, actual: float, assignments: int, seed: int) -> float:
    chance = random.Random(seed).random
    candidate, seen = 0, [0.0]
    for number in range(1, assignments + 1):
        candidate += chance() < actual
        if number % 40 == 0:
            seen.append(split_log_evidence([(configured, candidate, number - candidate)]))
    return max(seen)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.25, 0.5])
@pytest.mark.parametrize("users", [1, 7, 60])
def test_under_the_right_share_the_expected_evidence_is_one(share: float, users: int) -> None:
    expected = math.fsum(
        math.comb(users, candidate)
        * share**candidate
        * (1 - share) ** (users - candidate)
        * math.exp(split_log_evidence([(share, candidate, users - candidate)]))
        for candidate in range(users + 1)
    )
    assert expected == pytest.approx(1, abs=1e-10)


def test_a_second_user_on_the_same_arm_is_as_surprising_as_400_earlier_ones_allow() -> None:
    assert split_log_evidence([(0.5, 1, 0)]) == pytest.approx(0, abs=1e-10)
    assert split_log_evidence([(0.5, 2, 0)]) == pytest.approx(math.log(201 / 401 / 0.5), abs=1e-10)


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_a_right_split_hardly_ever_raises_the_alarm(share: float) -> None:
    alarms = sum(highest(share, share, 1200, seed) >= LOG_BOUND for seed in range(RUNS))
    assert alarms / RUNS <= LEVEL + 3.3 * math.sqrt(LEVEL * (1 - LEVEL) / RUNS)


def test_the_alarm_is_not_deaf_to_a_right_split_either() -> None:
    evidence = [highest(0.5, 0.5, 1200, seed) for seed in range(50)]
    assert max(evidence) > 0


def test_55_percent_instead_of_50_is_caught() -> None:
    assert all(highest(0.5, 0.55, 6000, seed) >= LOG_BOUND for seed in range(30))


def test_55_to_50_instead_of_even_is_caught() -> None:
    assert split_log_evidence([(0.5, 11_000, 10_000)]) >= LOG_BOUND
    assert split_log_evidence([(0.5, 10_550, 10_450)]) < 0


@pytest.mark.parametrize(("candidate", "baseline"), [(300, 0), (0, 300)])
def test_a_silent_arm_is_caught(candidate: int, baseline: int) -> None:
    assert split_log_evidence([(0.5, candidate, baseline)]) >= LOG_BOUND


def test_evidence_of_epochs_with_their_own_shares_multiplies() -> None:
    first, second = (0.05, 70, 930), (0.5, 540, 460)
    apart = split_log_evidence([first]) + split_log_evidence([second])
    assert split_log_evidence([first, second]) == pytest.approx(apart)


@given(epochs, st.randoms())
@settings(deadline=None)
def test_order_of_the_epochs_does_not_change_a_bit(
    epochs: list[tuple[float, int, int]], shuffler: random.Random
) -> None:
    assert split_log_evidence(shuffler.sample(epochs, len(epochs))) == split_log_evidence(epochs)


@given(st.lists(shares, max_size=5))
def test_without_users_there_is_exactly_no_evidence(shares: list[float]) -> None:
    assert split_log_evidence([(share, 0, 0) for share in shares]) == 0.0


def test_a_billion_users_give_finite_evidence() -> None:
    assert split_log_evidence([(0.05, 50_000_000, 950_000_000)]) < 0
    assert split_log_evidence([(0.05, 51_000_000, 949_000_000)]) > LOG_BOUND
    assert math.isfinite(split_log_evidence([(0.05, 10**9, 0)]))


@pytest.mark.parametrize("epoch", [(0, 1, 1), (1, 1, 1), (math.nan, 1, 1), (0.5, -1, 1), (0.5, 1, -1)])
def test_an_impossible_split_is_refused_in_one_line(epoch: tuple[float, int, int]) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+: [^\n]+$"):
        split_log_evidence([epoch])
