/** Buttons, boxes to tick, lists to choose from. */
export const controls = `
button { font: 600 .9375rem/1.25 var(--sans); padding: .625rem 1.125rem; min-height: 2.75rem; border: 1px solid var(--line-strong); border-radius: 9px; background: var(--surface); color: var(--ink); cursor: pointer; }
button:hover { background: var(--sunk); }
button.approve { border-color: transparent; background: var(--button); color: var(--button-ink); }
button.approve-destructive { background: var(--danger); color: var(--surface); }
button.approve:hover { filter: brightness(1.12); }
button.quiet, button.toggle { padding: .375rem .75rem; min-height: 2.25rem; font-size: .875rem; font-weight: 550; border-color: var(--line); }
button.link { padding: .375rem .5rem; min-height: 2.25rem; border-color: transparent; background: none; color: var(--link); font-size: .875rem; font-weight: 550; }
button.link:hover { background: var(--sunk); }
button[aria-disabled=true] { cursor: default; filter: none; border-style: dashed; border-color: var(--line-strong); background: var(--sunk); color: var(--soft); }
button.link[aria-disabled=true] { border-color: transparent; background: none; }
.is-settling .foot button { opacity: .6; }
.is-settling .foot button[aria-disabled=true] { border-style: solid; }
.actions { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center; }
.hold, .message { font-size: .875rem; color: var(--soft); }
.hold:empty, .message:empty { display: none; }
.message { color: var(--danger); font-weight: 600; }
input[type=checkbox], input[type=radio] { width: 1.125rem; height: 1.125rem; margin: .2rem 0; accent-color: var(--link); flex: none; }
fieldset { border: 0; padding: 0; min-width: 0; display: grid; gap: .25rem; }
legend { font-size: .875rem; color: var(--soft); margin-bottom: .25rem; padding: 0; }
.choice { display: flex; gap: .625rem; align-items: flex-start; min-width: 0; padding: .125rem 0; font-size: .9375rem; }
.within { display: grid; gap: .125rem; }
.within .field { margin-left: 1.75rem; min-width: 0; }
.within select { max-width: 100%; text-overflow: ellipsis; }
.choice span { min-width: 0; overflow-wrap: anywhere; }
.choice b { font: 600 .875rem/1.5 var(--mono); }
.choice code { color: var(--soft); }
.pair { display: flex; flex-wrap: wrap; gap: 1rem; }
.field { display: grid; gap: .25rem; flex: 1 1 12rem; font-size: .875rem; color: var(--soft); }
select { font: 400 .9375rem/1.25 var(--sans); padding: .5625rem .625rem; min-height: 2.75rem; border: 1px solid var(--line-strong); border-radius: 9px; background: var(--surface); color: var(--ink); width: 100%; }
summary { width: fit-content; cursor: pointer; }
`
