"""The whole page: its sections in order, the numbers of the run, the throughput, and the style sheet."""

from __future__ import annotations

import math
from typing import Final

from services.simulator.report.case import case_card, case_table
from services.simulator.report.change import change_card
from services.simulator.report.geometry import xy
from services.simulator.report.model import NO_DATA, Report, changes_answering
from services.simulator.report.numbers import as_text, duration, humanised, percent, rounded
from services.simulator.report.plot import empty_note, fact_grid
from services.simulator.report.words import headline, lede

_MICRO: Final = 1_000_000


def render(report: Report) -> str:
    """Write the whole page."""
    cards = "".join(change_card(index, change, report) for index, change in enumerate(report.changes))
    plots = "".join(
        case_card(index, case, report) for index, case in enumerate(report.cases) if changes_answering(case, report)
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{as_text(report.title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<header class="top">
<p class="eyebrow">{as_text(report.title)}</p>
<h1>{as_text(headline(report))}</h1>
<p class="lede">{as_text(lede(report))}</p>
</header>
{_numbers(report)}
<section><h2>Changes</h2>{cards or empty_note("No change was proposed.")}</section>
<section><h2>Cases</h2>{case_table(report)}{plots}</section>
<section><h2>Throughput</h2>{_throughput(report)}</section>
</main>
</body>
</html>
"""


def _numbers(report: Report) -> str:
    rate = report.events / report.seconds if report.seconds > 0 else math.nan
    return fact_grid(
        (
            (f"{report.events:,}", "run events"),
            (f"{report.runs:,}", "runs"),
            (f"{report.signals:,}", "signals"),
            (f"{report.cases_total:,}", "cases"),
            (f"{report.dead:,}", "dead letters"),
            (humanised(report.audit), "audit chain"),
            (duration(report.ended_at - report.started_at), "virtual time"),
            (f"{rounded(report.seconds)} s", "real time"),
            (rounded(rate), "run events per second"),
            (str(report.seed), "seed"),
        )
    )


def _throughput(report: Report) -> str:
    known = [row for row in report.stages if math.isfinite(row[2])]
    total = sum(events * micros for _, events, micros in known)
    if not known:
        return empty_note(NO_DATA)
    rows = "".join(
        f'<tr><td>{as_text(name)}</td><td class="n">{events:,}</td><td class="n">{rounded(micros)}</td>'
        f'<td class="n">{rounded(_MICRO / micros) if micros > 0 else NO_DATA}</td>'
        f'<td class="n">{rounded(events * micros / _MICRO)}</td>'
        f'<td class="share"><span class="bar" style="width:{xy(90 * part)}px"></span>'
        f"{percent(part)}</td></tr>"
        for name, events, micros in known
        for part in (events * micros / total if total > 0 else 0.0,)
    )
    return f"""
<div class="wide"><table>
<thead><tr><th>stage</th><th class="n">events</th><th class="n">&micro;s per event</th>
<th class="n">events per second</th><th class="n">seconds</th><th>share of the time</th></tr></thead>
<tbody>{rows}</tbody>
</table></div>"""


_LIGHT: Final = """
--page:#f6f7f9;--card:#fff;--ink:#1b2129;--soft:#5a6573;--rule:#dfe3e8;--grid:#e8ebef;
--promote:#0068a8;--rollback:#c24a00;--improve:#00805c;--neutral:#7b8592;
--waiting:#eceff3;--canary:#e3eefa;--full:#dcf3ea;--back:#fbe6da;--counts:#c3cad3;
"""
_DARK: Final = """
--page:#12161b;--card:#1a2027;--ink:#e7ebf0;--soft:#9da8b5;--rule:#303943;--grid:#28303a;
--promote:#5db7f0;--rollback:#ff9152;--improve:#3ccb9c;--neutral:#8f9aa7;
--waiting:#222a33;--canary:#1b2f42;--full:#173629;--back:#40291d;--counts:#465260;
"""
_STYLE: Final = (
    f":root{{color-scheme:light dark;{_LIGHT}}}"
    f"@media screen and (prefers-color-scheme:dark){{:root{{{_DARK}}}}}"
    """
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
overflow-wrap:anywhere}
main{max-width:940px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:27px;line-height:1.25;margin:4px 0 10px;letter-spacing:-.01em;text-wrap:balance}
h2{font-size:20px;margin:40px 0 12px}
h3{font-size:17px;line-height:1.35;margin:0}
p{margin:8px 0}
a{color:var(--promote)}
code{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.eyebrow,.meta,.soft,figcaption{color:var(--soft);font-size:13px}
.eyebrow{margin:0}
.lede{color:var(--soft);font-size:16px;max-width:75ch}
.card{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:18px 20px;margin:16px 0}
.card header{display:flex;gap:12px;justify-content:space-between;align-items:flex-start}
.chips{display:flex;gap:6px;flex-wrap:wrap;justify-content:flex-end;flex-shrink:0}
.chip{display:inline-block;font-size:12px;line-height:20px;padding:0 9px;border-radius:10px;
white-space:nowrap;background:var(--waiting)}
.chip.canary{background:var(--canary)}.chip.full{background:var(--full)}.chip.back{background:var(--back)}
.facts{display:grid;grid-template-columns:repeat(4,1fr);gap:1px;margin:14px 0;
background:var(--rule);border:1px solid var(--rule);border-radius:8px;overflow:hidden}
.facts div{background:var(--card);padding:9px 13px}
.facts dd{margin:0;font-size:18px;font-weight:600;font-variant-numeric:tabular-nums}
.facts dt{color:var(--soft);font-size:12.5px;line-height:1.35}
.top+.facts{grid-template-columns:repeat(5,1fr)}
figure{margin:14px 0 0}
.plot{overflow-x:auto}
.plot svg{display:block;width:100%;min-width:560px;height:auto}
figcaption{margin-top:6px}
.key{display:inline-flex;align-items:center;gap:6px;margin-right:16px}
.key svg{width:28px;height:8px;flex:none}
svg text{font-size:12.5px;fill:var(--ink);font-family:inherit}
svg .axis,svg .phase{fill:var(--soft);font-size:12px}
svg .empty{fill:var(--soft);font-size:14px}
.empty{color:var(--soft)}
.grid{stroke:var(--grid);fill:none}
.border,.tick{stroke:var(--neutral);fill:none}
.band.waiting{fill:var(--waiting)}.band.canary{fill:var(--canary)}
.band.full{fill:var(--full)}.band.back{fill:var(--back)}
.band{opacity:.55}
.edge{stroke:var(--neutral);opacity:.45;fill:none}
.line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.line.promote{stroke:var(--promote)}
.line.rollback{stroke:var(--rollback);stroke-dasharray:7 4}
.line.improve{stroke:var(--improve);stroke-dasharray:1.5 4.5;stroke-width:2.4}
.line.share,.line.smooth{stroke:var(--ink)}
.bound{fill:none;stroke:var(--neutral);stroke-width:1.4;stroke-dasharray:9 3 2 3}
.bound.step{stroke:var(--promote);stroke-dasharray:3 2;stroke-width:1.6}
.boundary,.direct{paint-order:stroke;stroke:var(--card);stroke-width:3px;stroke-linejoin:round}
svg .boundary{fill:var(--soft);font-size:12px}
svg .mark{fill:var(--ink)}
svg .boundary.step,svg .direct.promote{fill:var(--promote)}
svg .direct.rollback,svg .mark.back{fill:var(--rollback)}
svg .direct.improve,svg .mark.full{fill:var(--improve)}
svg .mark.canary{fill:var(--promote)}
.direct{font-weight:600}
circle.mark{stroke:var(--card);stroke-width:1.5}
.moment{fill:none;stroke-width:1.5}
.moment.canary{stroke:var(--promote);stroke-dasharray:4 3}
.moment.full{stroke:var(--improve)}
.moment.back{stroke:var(--rollback);stroke-dasharray:8 3}
.counts{fill:var(--counts)}
.wide{overflow-x:auto;background:var(--card);border:1px solid var(--rule);border-radius:10px}
table{border-collapse:collapse;width:100%;font-size:13.5px;line-height:1.4}
th,td{text-align:left;vertical-align:top;padding:8px 12px;border-top:1px solid var(--rule);
overflow-wrap:normal}
thead th{border-top:0;color:var(--soft);font-weight:500;font-size:12.5px}
td.title{min-width:170px;overflow-wrap:anywhere}
td .soft{font-size:12px}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.share{white-space:nowrap}th.n{white-space:normal}
.bar{display:inline-block;height:9px;border-radius:2px;background:var(--promote);margin-right:8px}
@media (max-width:760px){main{padding:20px 12px 40px}h1{font-size:22px}.card{padding:14px}
th,td{padding:7px 6px}
table{font-size:12.5px}td.title{min-width:130px}}
@media (max-width:560px){.facts,.top+.facts{grid-template-columns:repeat(2,1fr)}}
@media print{body{background:#fff;font-size:11pt}main{max-width:none;padding:0}
.card,.facts,tr{break-inside:avoid}.card,.wide{border-radius:0}h2,h2+p{break-after:avoid}
.plot,.wide{overflow:visible}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
)
