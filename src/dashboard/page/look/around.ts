/** The style of what stands around the questions: the notices, the part that decides all at once, and the lists below. */
export const around = `
.notices:not(:empty) { margin-top: 1rem; }
.notice { padding: .625rem 1rem .625rem 2.75rem; position: relative; border: 1px solid var(--write-line); border-radius: 10px; background: var(--write-ground); color: var(--write); font-weight: 550; font-size: .9375rem; overflow-wrap: anywhere; }
.notice + .notice { margin-top: .5rem; }
.notice::before { content: "!"; position: absolute; left: 1rem; top: .75rem; width: 1.2rem; height: 1.2rem; line-height: 1.2rem; text-align: center; border-radius: 4px; background: var(--write); color: var(--write-ground); font-weight: 800; font-size: .8125rem; }

.together { display: flex; flex-wrap: wrap; align-items: center; gap: .125rem .5rem; margin-top: .625rem; padding: 0 var(--side); font-size: .875rem; color: var(--soft); }
dialog { margin: auto; width: min(46rem, calc(100vw - 2rem)); max-height: calc(100dvh - 2rem); padding: 1.25rem; border: 1px solid var(--line); border-radius: 14px; background: var(--surface); color: var(--ink); box-shadow: 0 24px 64px -16px rgb(0 0 0 / 45%); }
dialog[open] { display: flex; flex-direction: column; gap: .75rem; }
dialog::backdrop { background: rgb(20 19 17 / 55%); }
dialog h2 { font-size: 1.25rem; letter-spacing: -.01em; }
dialog .all { overflow: auto; min-height: 6rem; border: 1px solid var(--line); border-radius: 10px; padding: 0 1rem; }
dialog .actions { justify-content: flex-end; }
.one { padding: .875rem 0; }
.one + .one { border-top: 1px solid var(--line-strong); }
.one h3 { margin: .25rem 0 .375rem; font-size: 1rem; color: var(--ink); overflow-wrap: anywhere; }
.one .arguments { margin-top: .375rem; }
.end { padding: 0 0 1rem; text-align: center; font-size: .8125rem; color: var(--soft); }

.panel { margin-top: 2rem; }
.panel h2 { font-size: .8125rem; font-weight: 600; color: var(--soft); margin-bottom: .375rem; }
.panel ul { list-style: none; padding: 0; border-top: 1px solid var(--line); }
.panel li { display: flex; gap: 1rem; align-items: center; justify-content: space-between; padding: .625rem 0; border-bottom: 1px solid var(--line); font-size: .9375rem; }
.panel li p { min-width: 0; overflow-wrap: anywhere; }
.panel li code { color: var(--soft); }
.panel .gist-item { margin-right: .75rem; }
.aside { display: block; color: var(--soft); font-size: .875rem; }
@media (max-width: 36rem) {
  dialog { padding: 1rem; }
  dialog .actions { display: grid; grid-template-columns: 1fr 1fr; }
  .panel li { align-items: flex-start; }
}
`
