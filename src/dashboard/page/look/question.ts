/** A question, alone or as a row of a list, and the bar that decides it. */
export const questionStyle = `
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 14px; box-shadow: 0 1px 2px rgb(0 0 0 / 5%), 0 8px 24px -16px rgb(0 0 0 / 18%); }
.card + .card { margin-top: .625rem; }
.card > header { padding: .75rem var(--side); }
.card.is-open > header { padding-bottom: .375rem; }
.title { min-width: 0; }
.top { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .75rem; }
.card h2 { margin-top: .375rem; font-size: 1.1875rem; line-height: 1.35; font-weight: 600; letter-spacing: -.01em; overflow-wrap: anywhere; unicode-bidi: bidi-override; direction: ltr; }
.slash { color: var(--soft); font-weight: 400; }
.server { color: var(--soft); font-weight: 500; }
.time { font-size: .8125rem; color: var(--soft); font-variant-numeric: tabular-nums; }
.time.soon { color: var(--danger); font-weight: 650; }
.gist { display: flex; flex-wrap: wrap; gap: 0 1rem; margin-top: .125rem; font-size: .875rem; color: var(--soft); overflow-wrap: anywhere; }
.gist-item { min-width: 0; max-width: 100%; }
.gist b { font: 600 .8125rem/1.5 var(--mono); }
.gist code { color: var(--ink); font-size: .8125rem; }
.gist .sql-danger, .gist .sql-change { margin-right: .375rem; }
.gist .sql-danger { color: var(--danger); }
.gist .sql-change { color: var(--write); }
.gist-note { color: var(--write); font-size: .8125rem; font-weight: 550; }
button.toggle { padding: .125rem .625rem; min-height: 1.75rem; font-size: .8125rem; }
.body, .after { padding: 0 var(--side) 1.125rem; }
.after:empty { display: none; }
.card h3, .one h3 { font-size: .8125rem; font-weight: 600; color: var(--soft); }
.body > h3 { margin: .75rem 0 .25rem; padding-top: .75rem; border-top: 1px solid var(--line); }

.risk { display: inline-flex; align-items: center; gap: .4rem; padding: .1rem .6rem .1rem .4rem; border: 1px solid; border-radius: 99px; font-size: .8125rem; line-height: 1.4; max-width: 100%; }
.risk strong { font-weight: 700; }
.risk svg { width: 1rem; height: 1rem; fill: currentColor; flex: none; }
.risk-destructive { color: var(--danger); background: var(--danger-ground); border-color: var(--danger-line); }
.risk-write { color: var(--write); background: var(--write-ground); border-color: var(--write-line); }
.risk-unknown { color: var(--soft); background: var(--sunk); border-color: var(--line-strong); }
.risk-read { color: var(--soft); border-color: var(--line); }

.why { font-size: .9375rem; overflow-wrap: anywhere; }
.label { color: var(--soft); }
.asker { font-size: .875rem; overflow-wrap: anywhere; }
.rule { margin-top: .125rem; font-size: .8125rem; color: var(--soft); overflow-wrap: anywhere; }
.later { margin-top: .875rem; font-size: .875rem; color: var(--soft); }
.no-offer { font-size: .8125rem; color: var(--soft); padding-top: .75rem; }
.approved { margin-top: 1rem; padding: .625rem .875rem; border: 1px solid var(--calm-line); border-radius: 10px; background: var(--calm-ground); color: var(--calm); font-weight: 550; font-size: .9375rem; }
.changed { margin-top: 1rem; padding: .625rem .875rem; border: 1px solid var(--write-line); border-radius: 10px; background: var(--write-ground); color: var(--write); font-size: .9375rem; overflow-wrap: anywhere; }
.server-words { margin-top: .875rem; padding: .75rem 1rem .875rem; border: 1px dashed var(--line-strong); border-radius: 10px; }
.server-words h3 { color: var(--soft); }
.server-words h4 { margin: .75rem 0 .25rem; font: 600 .8125rem/1.5 var(--mono); }
blockquote { margin-top: .25rem; max-height: 10rem; overflow: auto; font-size: .875rem; color: var(--soft); white-space: pre-wrap; overflow-wrap: anywhere; border-radius: 3px; }

.foot { position: relative; padding: .75rem var(--side); background: var(--surface); }
/* Above the bar, where it comes and goes without moving a button. */
.foot .hold { position: absolute; bottom: 100%; left: var(--side); margin-bottom: -.25rem; padding: .125rem .625rem; border: 1px solid var(--line-strong); border-radius: 99px; background: var(--surface); color: var(--ink); font-weight: 550; }
.is-one > .card .hold { left: max(var(--side), calc(50% - 27rem + var(--side))); margin-bottom: .375rem; }
.bar { display: grid; gap: .5rem; }
.bar > * { min-width: 0; }
.card.is-open > .foot { position: sticky; top: 0; bottom: 0; z-index: 1; border-top: 1px solid var(--line); border-radius: 0 0 13px 13px; box-shadow: 0 -8px 16px -14px rgb(0 0 0 / 40%); }
.deny-all { margin-left: auto; }
.elsewhere { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; font-size: .9375rem; }
.elsewhere p { flex: 1 1 16rem; }
/* Alone, it stays at the window's lower edge wherever one reads. */
.is-one > .card > .foot { position: fixed; inset: auto 0 0; padding-bottom: max(.75rem, env(safe-area-inset-bottom)); border-radius: 0; border-top: 1px solid var(--line-strong); }
.is-one > .card .bar { max-width: calc(54rem - 2 * var(--side)); margin: 0 auto; }
/* A row of a list holds the two that matter; the others come with the rest of the question. */
.card:not(.is-open) .link, .card:not(.is-open) .elsewhere p { display: none; }
.card:not(.is-open) > .foot { padding-top: 0; border-radius: 14px; }
@media (min-width: 48rem) {
  .card:not(.is-open) { display: grid; grid-template-columns: 1fr auto; align-items: center; }
  .card:not(.is-open) > .foot { padding: .875rem var(--side) .875rem 0; max-width: 19rem; }
}

.grant-form { margin-top: 1rem; padding: 1rem; border: 1px solid var(--line-strong); border-radius: 12px; display: grid; gap: .875rem; }
.grant-form h3 { font-size: 1.0625rem; color: var(--ink); }
.choices { display: grid; gap: .875rem; }
.names { display: flex; flex-wrap: wrap; gap: .125rem 1rem; padding: .375rem 0 0; list-style: none; color: var(--ink); }
.sentence { padding: .75rem .875rem; border-radius: 10px; background: var(--sunk); border: 1px solid var(--line); overflow-wrap: anywhere; text-wrap: pretty; }
.sentence b, .panel li b { font-weight: 650; }
.sentence code { background: var(--surface); border: 1px solid var(--line); border-radius: 4px; padding: .05em .3em; }
@media (max-width: 36rem) {
  .card h2 { font-size: 1.0625rem; }
  .top .time { margin-left: auto; }
  .foot { padding-block: .625rem; }
  .foot .actions { display: grid; grid-template-columns: 1fr 1fr; gap: .25rem .75rem; }
  .foot .actions .link { padding: .25rem; font-size: .8125rem; line-height: 1.2; }
  .deny-all { margin: 0; }
  .is-approved .foot .actions { grid-template-columns: 1fr; }
  .foot .grant-actions { grid-template-columns: auto 1fr; }
  .grant-actions .quiet { min-height: 2.75rem; }
  .top:has(> .toggle:not([hidden])) .risk span { display: none; }
}
/* Little height, as on a phone held across or far zoomed in: the bar leaves room to read. */
@media (max-height: 24rem) {
  .foot { padding-block: .25rem; }
  .foot .bar { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .75rem; }
  .foot .actions { display: flex; flex-wrap: nowrap; overflow-x: auto; max-width: 100%; padding: .375rem; margin: -.375rem; }
  .foot button { flex: none; min-height: 2.25rem; padding-block: .25rem; white-space: nowrap; }
}
@media (prefers-reduced-motion: no-preference) {
  .card { animation: come .18s ease-out; }
  @keyframes come { from { opacity: 0; } }
}
`
