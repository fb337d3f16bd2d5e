from hypothesis import given
from hypothesis import strategies as st

from loopwright.scope import outside

PARENTS = {
    "orders:read@customer": "orders:read@tenant",
    "orders:read@tenant": "orders:read@world",
    "kb:read@public": "kb:read@tenant",
}
GRANTS = sorted({*PARENTS, *PARENTS.values(), "refunds:write@customer"})
SCOPES = st.lists(st.sampled_from(GRANTS), unique=True, max_size=4).map(" ".join)


def test_a_scope_contains_its_own_grants() -> None:
    assert outside("orders:read@customer kb:read@public", "kb:read@public orders:read@customer", {}) == ()


def test_a_wider_grant_contains_the_narrower_ones_below_it_however_deep() -> None:
    assert outside("orders:read@tenant", "orders:read@customer", PARENTS) == ()
    assert outside("orders:read@world", "orders:read@customer", PARENTS) == ()


def test_a_narrower_grant_does_not_contain_the_wider_one() -> None:
    assert outside("orders:read@customer", "orders:read@tenant", PARENTS) == ("orders:read@tenant",)


def test_a_grant_is_not_contained_in_another_resource_action_or_boundary() -> None:
    held = "orders:read@tenant"
    for used in ("orders:write@tenant", "refunds:read@tenant", "orders:read@other", "orders:read@tenan", "orders:read"):
        assert outside(held, used, PARENTS) == (used,)


def test_what_lies_outside_is_named_in_the_order_of_its_use() -> None:
    used = "refunds:write@customer kb:read@public orders:read@tenant"
    assert outside("kb:read@tenant", used, PARENTS) == ("refunds:write@customer", "orders:read@tenant")


def test_a_grant_that_nobody_declared_is_contained_in_nothing_else() -> None:
    everything = " ".join(GRANTS)
    assert outside(everything, "payroll:read@world", PARENTS) == ("payroll:read@world",)


def test_nothing_is_contained_in_an_empty_scope_and_nothing_needs_none() -> None:
    assert outside("", "kb:read@public", PARENTS) == ("kb:read@public",)
    assert outside("", "", PARENTS) == ()


def test_a_hierarchy_in_a_circle_contains_nothing_and_ends() -> None:
    circle = {"a:read@x": "b:read@x", "b:read@x": "c:read@x", "c:read@x": "a:read@x", "d:read@x": "d:read@x"}
    assert outside("kb:read@public", "a:read@x d:read@x", circle) == ("a:read@x", "d:read@x")
    assert outside("c:read@x", "a:read@x", circle) == ()


@given(SCOPES, SCOPES, SCOPES)
def test_containment_is_an_order_and_more_grants_never_contain_less(one: str, other: str, third: str) -> None:
    assert outside(one, one, PARENTS) == ()
    assert set(outside(f"{one} {other}", third, PARENTS)) <= set(outside(one, third, PARENTS))
    if outside(one, other, PARENTS) == () == outside(other, third, PARENTS):
        assert outside(one, third, PARENTS) == ()
