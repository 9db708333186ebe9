/** Colours of both schemes, letters, and the frame of the page. */
export const base = `
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
  --foot: 0px; --side: 1.5rem;
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
html { background: var(--ground); color: var(--ink); font: 400 16px/1.5 var(--sans); text-size-adjust: 100%; scroll-padding: 1rem 0 calc(var(--foot) + 1rem); }
body { max-width: 54rem; margin: 0 auto; padding: 0 var(--side) calc(var(--foot) + 2rem); }
body > header { display: flex; align-items: center; justify-content: space-between; padding: 1rem 0 0; }
.brand { font-weight: 650; letter-spacing: -.01em; }
.status { display: flex; align-items: center; gap: .5rem; font-size: .8125rem; color: var(--soft); }
.status::before { content: ""; width: .5rem; height: .5rem; border-radius: 50%; border: 2px solid currentColor; }
[data-link=live] .status::before { background: var(--calm); border-color: var(--calm); }
[data-link=lost] .status, [data-link=closed] .status { color: var(--danger); font-weight: 600; }
[data-link=lost] .status::before, [data-link=closed] .status::before { border-radius: 0; transform: rotate(45deg); }
h1 { width: fit-content; margin: 1.25rem 0 .75rem; font-size: 1.375rem; line-height: 1.25; font-weight: 650; letter-spacing: -.02em; text-wrap: balance; }
h1:has(+ .lead:not([hidden])) { margin-bottom: .375rem; }
h1:focus, h2:focus, h3:focus { outline: none; }
:focus-visible, h1:focus-visible, h2:focus-visible, h3:focus-visible { outline: 3px solid var(--link); outline-offset: 3px; border-radius: 4px; }
.lead { color: var(--soft); margin-bottom: 1.25rem; max-width: 40rem; }
.lead h2 { margin: 1.5rem 0 .5rem; font-size: 1rem; color: var(--ink); }
.lead p + p { margin-top: .75rem; }
.lead ol { padding-left: 1.25rem; color: var(--ink); }
.lead li { margin: .375rem 0; }
code, pre { font-family: var(--mono); font-size: .84375em; font-variant-ligatures: none; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 36rem) {
  :root { --side: 1rem; }
  h1 { font-size: 1.25rem; margin-top: 1rem; }
}
@media (forced-colors: active) {
  .risk, .piece, .row-removed, .row-added, .foot { border: 1px solid; }
  .sql-danger, .part-up { outline: 1px solid; }
}
`
