/**
 * How the page looks. Colours carry no meaning alone: each has a word or a shape beside it. All pairs of text and
 * ground are at least 4.5 to 1 in both schemes (test/dashboard/page-browser.test.ts measures them).
 */
export const styles = `
:root {
  color-scheme: light dark;
  --ground: #f6f5f2; --surface: #ffffff; --sunk: #f7f6f4; --line: #dedbd4; --line-strong: #8b877e;
  --ink: #1d1c1a; --soft: #5c5952; --link: #28508c;
  --danger: #9c1c1c; --danger-ground: #fcecea; --danger-line: #e9bcb6;
  --write: #754600; --write-ground: #fdf1da; --write-line: #e8cf9c;
  --calm: #1f5c43; --calm-ground: #e7f3ec; --calm-line: #b4d6c4;
  --odd: #6a2282; --odd-ground: #f6e9fb;
  --button: #24231f; --button-ink: #ffffff;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #141413; --surface: #1d1d1b; --sunk: #171716; --line: #373632; --line-strong: #86827a;
    --ink: #eceae5; --soft: #aeaaa1; --link: #9dc0f2;
    --danger: #ff9c92; --danger-ground: #3a1a18; --danger-line: #6d332e;
    --write: #f1c26b; --write-ground: #33270f; --write-line: #5e4a20;
    --calm: #8fd3b2; --calm-ground: #15291f; --calm-line: #2c5341;
    --odd: #e3b1f5; --odd-ground: #33203b;
    --button: #eceae5; --button-ink: #1a1a18;
  }
}
* { box-sizing: border-box; margin: 0; }
[hidden] { display: none !important; }
html { background: var(--ground); color: var(--ink); font: 400 16px/1.5 var(--sans); text-size-adjust: 100%; }
body { max-width: 54rem; margin: 0 auto; padding: 0 1.5rem 5rem; }
body > header { display: flex; align-items: center; justify-content: space-between; padding: 1.5rem 0 0; }
.brand { font-weight: 650; letter-spacing: -.01em; }
.status { display: flex; align-items: center; gap: .5rem; font-size: .8125rem; color: var(--soft); }
.status::before { content: ""; width: .5rem; height: .5rem; border-radius: 50%; border: 2px solid currentColor; }
[data-link=live] .status::before { background: var(--calm); border-color: var(--calm); }
[data-link=lost] .status, [data-link=closed] .status { color: var(--danger); font-weight: 600; }
[data-link=lost] .status::before, [data-link=closed] .status::before { border-radius: 0; transform: rotate(45deg); }
h1 { margin: 2.25rem 0 1.25rem; font-size: 1.625rem; line-height: 1.25; font-weight: 650; letter-spacing: -.02em; text-wrap: balance; }
h1:has(+ .lead:not([hidden])) { margin-bottom: .5rem; }
h1 { width: fit-content; }
h1:focus, h2:focus, h3:focus { outline: none; }
:focus-visible, h1:focus-visible, h2:focus-visible, h3:focus-visible { outline: 3px solid var(--link); outline-offset: 3px; border-radius: 4px; }
.lead { color: var(--soft); margin-bottom: 1.5rem; max-width: 40rem; }
.lead h2 { margin: 1.5rem 0 .5rem; font-size: 1rem; color: var(--ink); }
.lead p + p { margin-top: .75rem; }
.lead ol { padding-left: 1.25rem; color: var(--ink); }
.lead li { margin: .375rem 0; }
code, pre { font-family: var(--mono); font-size: .84375em; font-variant-ligatures: none; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.notices:not(:empty) { margin-top: 1.5rem; }
.notice { padding: .75rem 1rem .75rem 2.75rem; position: relative; border: 1px solid var(--write-line); border-radius: 10px; background: var(--write-ground); color: var(--write); font-weight: 550; font-size: .9375rem; overflow-wrap: anywhere; }
.notice + .notice { margin-top: .5rem; }
.notice::before { content: "!"; position: absolute; left: 1rem; top: .8rem; width: 1.2rem; height: 1.2rem; line-height: 1.2rem; text-align: center; border-radius: 4px; background: var(--write); color: var(--write-ground); font-weight: 800; font-size: .8125rem; }

.card { background: var(--surface); border: 1px solid var(--line); border-radius: 14px; box-shadow: 0 1px 2px rgb(0 0 0 / 5%), 0 8px 24px -16px rgb(0 0 0 / 18%); }
.card + .card { margin-top: 1rem; }
.card > header { display: flex; gap: 1rem; align-items: flex-start; padding: 1.25rem 1.5rem; }
.card > header:has(+ .body:not([hidden])) { padding-bottom: .625rem; }
.title { flex: 1; min-width: 0; }
.top { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .25rem 1rem; }
.card h2 { margin-top: .5rem; font-size: 1.25rem; line-height: 1.35; font-weight: 600; letter-spacing: -.01em; overflow-wrap: anywhere; unicode-bidi: bidi-override; direction: ltr; }
.slash { color: var(--soft); font-weight: 400; }
.server { color: var(--soft); font-weight: 500; }
.time { font-size: .8125rem; color: var(--soft); font-variant-numeric: tabular-nums; }
.time.soon { color: var(--danger); font-weight: 650; }
.gist { margin-top: .25rem; font-size: .9375rem; color: var(--soft); overflow-wrap: anywhere; }
.gist b { font-weight: 600; }
.check { padding: .1rem 0; }
input[type=checkbox] { width: 1.125rem; height: 1.125rem; margin: .2rem 0; accent-color: var(--link); flex: none; }
.card > header .toggle { align-self: flex-start; }
.body { padding: 0 1.5rem 1.5rem; }
.card h3, .one h3 { font-size: .8125rem; font-weight: 600; color: var(--soft); }
.body > h3 { margin: 1.25rem 0 .5rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }

.risk { display: inline-flex; align-items: center; gap: .4rem; padding: .15rem .6rem .15rem .4rem; border: 1px solid; border-radius: 99px; font-size: .8125rem; line-height: 1.4; }
.risk { white-space: nowrap; }
.risk strong { font-weight: 700; }
.risk svg { width: 1rem; height: 1rem; fill: currentColor; flex: none; }
.risk-destructive { color: var(--danger); background: var(--danger-ground); border-color: var(--danger-line); }
.risk-write { color: var(--write); background: var(--write-ground); border-color: var(--write-line); }
.risk-read { color: var(--calm); background: var(--calm-ground); border-color: var(--calm-line); }

.why, .asker { font-size: .9375rem; overflow-wrap: anywhere; }
.label { color: var(--soft); }
.asker { margin-top: .25rem; }
.none { color: var(--soft); }
.arguments { display: grid; gap: .875rem; }
.argument { min-width: 0; }
dt { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .625rem; margin-bottom: .25rem; }
.name { font: 600 .875rem/1.5 var(--mono); overflow-wrap: anywhere; unicode-bidi: bidi-override; }
.type { font-size: .8125rem; color: var(--soft); }
dd { min-width: 0; }
dd > .arguments { padding-left: 1rem; border-left: 2px solid var(--line); }
.line, .box { display: block; border: 1px solid var(--line); border-radius: 8px; background: var(--sunk); padding: .5rem .75rem; line-height: 1.6; white-space: pre-wrap; overflow-wrap: anywhere; direction: ltr; }
.line { min-height: 2.4em; }
.argument:has(> dd > .scalar) { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .625rem; }
.argument:has(> dd > .scalar) dt { margin: 0; }
.scalar { overflow-wrap: anywhere; }
.address { unicode-bidi: bidi-override; color: var(--soft); }
.part-main { color: var(--ink); font-weight: 700; }
.part-start { color: var(--write); font-weight: 600; }
.part-up { color: var(--danger); background: var(--danger-ground); font-weight: 700; border-radius: 3px; box-shadow: 0 0 0 2px var(--danger-ground); }
.box { max-height: 21rem; overflow: auto; tab-size: 4; overscroll-behavior: auto; scrollbar-width: thin; }
.box code { font-size: 1em; }
.size { margin-top: .375rem; font-size: .8125rem; color: var(--soft); overflow-wrap: anywhere; }
.size + .box { margin-top: .25rem; }
.size code { color: var(--ink); }
.notes { display: flex; flex-wrap: wrap; gap: .125rem 1.25rem; margin-top: .375rem; padding: 0; list-style: none; font-size: .8125rem; color: var(--write); font-weight: 550; }
.notes li { position: relative; padding-left: 1.125rem; }
.notes li::before { content: ""; position: absolute; left: .1875rem; top: .41em; width: .4375rem; height: .4375rem; border: 2px solid; transform: rotate(45deg); }
.piece { border-radius: 3px; }
.piece-hidden, .piece-blank { padding: 0 .2em; background: var(--odd); color: var(--surface); font: 600 .9em/1.3 var(--mono); white-space: nowrap; unicode-bidi: isolate; }
.piece-blank { background: none; color: var(--odd); outline: 1px dashed; outline-offset: -1px; }
.piece-masked { padding: 0 .25em; background: var(--calm-ground); color: var(--calm); outline: 1px dashed var(--calm); outline-offset: -1px; }
.piece-mixed { background: var(--odd-ground); color: var(--odd); text-decoration: underline wavy; text-underline-offset: .2em; }
.diff { display: block; min-width: 100%; }
.box:has(.diff) { padding: .375rem 0; }
.row { display: flex; padding: 0 .75rem 0 0; }
.sign { flex: none; width: 2rem; text-align: center; user-select: none; color: var(--soft); font-weight: 700; }
.content { flex: 1; min-width: 0; }
.row-removed { background: var(--danger-ground); color: var(--danger); }
.row-added { background: var(--calm-ground); color: var(--calm); }
.row-removed .sign, .row-added .sign { color: inherit; }
.statement { display: block; }
.statement + .statement { margin-top: .5rem; padding-top: .5rem; border-top: 1px dashed var(--line-strong); }
.sql-keyword { font-weight: 700; color: var(--link); }
.sql-danger { font-weight: 700; color: var(--danger); background: var(--danger-ground); border-radius: 3px; box-shadow: 0 0 0 2px var(--danger-ground); }
.sql-comment { color: var(--soft); }

button { font: 600 .9375rem/1.25 var(--sans); padding: .6875rem 1.125rem; min-height: 2.75rem; border: 1px solid var(--line-strong); border-radius: 9px; background: var(--surface); color: var(--ink); cursor: pointer; }
button:hover { background: var(--sunk); }
button.approve { border-color: transparent; background: var(--button); color: var(--button-ink); }
button.approve-destructive { background: var(--danger); color: var(--surface); }
button.approve:hover { filter: brightness(1.12); }
button.quiet, button.toggle { padding: .375rem .75rem; min-height: 2.25rem; font-size: .875rem; font-weight: 550; border-color: var(--line); }
button.always { border-color: transparent; background: none; color: var(--link); }
button.always:hover { background: var(--sunk); }
button[aria-disabled=true] { cursor: default; filter: none; border-style: dashed; border-color: var(--line-strong); background: var(--sunk); color: var(--soft); }
.is-settling .actions button { opacity: .6; }
.is-settling button[aria-disabled=true] { border-style: solid; }
button.always[aria-disabled=true] { border-color: transparent; background: none; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; }
.body > .actions { margin-top: 1.5rem; }
.hold, .message { font-size: .875rem; margin-top: .625rem; color: var(--soft); }
.hold:empty, .message:empty { display: none; }
.message { color: var(--danger); font-weight: 600; }
.no-offer { margin-top: .625rem; font-size: .8125rem; color: var(--soft); }
.approved { margin-top: 1.5rem; padding: .75rem 1rem; border: 1px solid var(--calm-line); border-radius: 10px; background: var(--calm-ground); color: var(--calm); font-weight: 550; font-size: .9375rem; }
.approved + .actions { margin-top: 1rem; }
.changed { margin-top: 1.25rem; padding: .75rem 1rem; border: 1px solid var(--write-line); border-radius: 10px; background: var(--write-ground); color: var(--write); font-size: .9375rem; overflow-wrap: anywhere; }
.server-words { margin-top: 1.75rem; padding: 1rem 1.25rem 1.125rem; border: 1px dashed var(--line-strong); border-radius: 10px; }
.server-words h3 { color: var(--soft); }
.server-words h4 { margin: .75rem 0 .25rem; font: 600 .8125rem/1.5 var(--mono); }
blockquote { margin-top: .5rem; max-height: 10rem; overflow: auto; font-size: .875rem; color: var(--soft); white-space: pre-wrap; overflow-wrap: anywhere; border-radius: 3px; }

.grant-form { margin-top: 1.5rem; padding: 1.25rem; border: 1px solid var(--line-strong); border-radius: 12px; display: grid; gap: 1rem; }
.grant-form h3 { font-size: 1.0625rem; color: var(--ink); }
fieldset { border: 0; padding: 0; min-width: 0; display: grid; gap: .375rem; }
legend { font-size: .875rem; color: var(--soft); margin-bottom: .375rem; padding: 0; }
.choice { display: flex; gap: .625rem; align-items: flex-start; min-width: 0; font-size: .9375rem; }
.choice span { min-width: 0; overflow-wrap: anywhere; }
.choice b { font: 600 .875rem/1.5 var(--mono); }
.choice code { color: var(--soft); }
.pair { display: flex; flex-wrap: wrap; gap: 1rem; }
.field { display: grid; gap: .25rem; flex: 1 1 12rem; font-size: .875rem; color: var(--soft); }
select { font: 400 .9375rem/1.25 var(--sans); padding: .5625rem .625rem; min-height: 2.75rem; border: 1px solid var(--line-strong); border-radius: 9px; background: var(--surface); color: var(--ink); width: 100%; }
.sentence { padding: .875rem 1rem; border-radius: 10px; background: var(--sunk); border: 1px solid var(--line); overflow-wrap: anywhere; text-wrap: pretty; }
.sentence b, .panel li b { font-weight: 650; }
.sentence code { background: var(--surface); border: 1px solid var(--line); border-radius: 4px; padding: .05em .3em; }

.together { position: sticky; top: .5rem; z-index: 1; display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; margin-bottom: 1rem; padding: .625rem .75rem .625rem 1.5rem; border: 1px solid var(--line); border-radius: 14px; background: var(--surface); box-shadow: 0 1px 2px rgb(0 0 0 / 5%); }
.together .count { font-size: .875rem; color: var(--soft); flex: 1; }
.together .choice { align-items: center; }
.together button { min-height: 2.25rem; padding: .4375rem .875rem; font-size: .875rem; }
dialog { margin: auto; width: min(46rem, calc(100vw - 2rem)); max-height: calc(100dvh - 2rem); padding: 1.5rem; border: 1px solid var(--line); border-radius: 14px; background: var(--surface); color: var(--ink); box-shadow: 0 24px 64px -16px rgb(0 0 0 / 45%); }
dialog[open] { display: flex; flex-direction: column; gap: 1rem; }
dialog::backdrop { background: rgb(20 19 17 / 55%); }
dialog h2 { font-size: 1.25rem; letter-spacing: -.01em; }
dialog .all { overflow: auto; min-height: 6rem; border: 1px solid var(--line); border-radius: 10px; padding: 0 1.125rem; }
dialog .hold { margin: 0; }
dialog .actions { justify-content: flex-end; }
.one { padding: 1.125rem 0; }
.one + .one { border-top: 1px solid var(--line); }
.one h3 { margin: .375rem 0 .75rem; font-size: 1rem; color: var(--ink); overflow-wrap: anywhere; }
.end { padding: 0 0 1rem; text-align: center; font-size: .8125rem; color: var(--soft); }

.panel { margin-top: 2.5rem; }
.panel h2 { font-size: .8125rem; font-weight: 600; color: var(--soft); margin-bottom: .5rem; }
.panel ul { list-style: none; padding: 0; border-top: 1px solid var(--line); }
.panel li { display: flex; gap: 1rem; align-items: center; justify-content: space-between; padding: .75rem 0; border-bottom: 1px solid var(--line); font-size: .9375rem; }
.panel li p { min-width: 0; overflow-wrap: anywhere; }
.panel li code { color: var(--soft); }
.aside { display: block; color: var(--soft); font-size: .875rem; }

@media (max-width: 36rem) {
  body { padding: 0 1rem 4rem; }
  body > header { padding-top: 1rem; }
  h1 { font-size: 1.375rem; margin: 1.5rem 0 1rem; }
  .card > header { padding: 1rem; gap: .75rem; }
  .body { padding: 0 1rem 1.25rem; }
  .card h2 { font-size: 1.125rem; }
  .body > .actions, .grant-form > .actions, dialog .actions { display: grid; grid-template-columns: 1fr 1fr; }
  .body > .actions .always { grid-column: 1 / -1; }
  .grant-form { padding: 1rem; }
  .grant-form > .actions { grid-template-columns: auto 1fr; }
  .grant-form > .actions .quiet { min-height: 2.75rem; }
  .together { padding-left: 1rem; top: .25rem; }
  .together .actions { width: 100%; display: grid; grid-template-columns: 1fr 1fr; }
  .together button { padding-inline: .5rem; white-space: nowrap; }
  .together .choice { flex: 1; }
  .together .count { flex: none; }
  .box { max-height: 17rem; }
  .card > header:has(> .toggle:not([hidden])) .risk span { display: none; }
  .panel li { align-items: flex-start; }
}
@media (prefers-reduced-motion: no-preference) {
  .card { animation: come .18s ease-out; }
  @keyframes come { from { opacity: 0; } }
}
@media (forced-colors: active) {
  .risk, .piece, .row-removed, .row-added { border: 1px solid; }
}
`
