/** Arguments: what is short in one line beside its name, what is long below it in a box. */
export const values = `
.none { color: var(--soft); }
.arguments, .argument-lists { min-width: 0; }
.argument { min-width: 0; padding: .3125rem 0; }
.argument + .argument { border-top: 1px solid var(--line); }
.argument-short { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .75rem; }
.argument-short dt { flex: 0 1 auto; min-width: min(7rem, 30%); max-width: 100%; }
.argument-short dd { flex: 1 1 11rem; display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .75rem; }
.argument-long dt { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .625rem; margin-bottom: .25rem; }
.name { font: 600 .875rem/1.5 var(--mono); overflow-wrap: anywhere; unicode-bidi: bidi-override; }
.argument-short .name { color: var(--soft); }
.type { font-size: .8125rem; color: var(--soft); }
dd { min-width: 0; }
dd > .arguments, dd > .argument-lists { padding-left: .875rem; border-left: 2px solid var(--line); }
.line { min-width: 0; line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere; direction: ltr; font-size: .875rem; }
.address { unicode-bidi: bidi-override; color: var(--soft); }
.part-main { color: var(--ink); font-weight: 700; }
.part-start { color: var(--write); font-weight: 600; }
.part-up { color: var(--danger); background: var(--danger-ground); font-weight: 700; border-radius: 3px; box-shadow: 0 0 0 2px var(--danger-ground); }
.boxed { display: grid; gap: .25rem; min-width: 0; }
.box { display: block; min-width: 0; border: 1px solid var(--line); border-radius: 8px; background: var(--sunk); padding: .5rem .75rem; line-height: 1.55; white-space: pre-wrap; overflow-wrap: anywhere; direction: ltr; tab-size: 4; }
.box code { font-size: 1em; }
.fold { display: block; width: 100%; margin: .25rem 0; padding: .1875rem .75rem; min-height: 1.75rem; border: 1px dashed var(--line-strong); border-radius: 6px; font: 550 .8125rem/1.3 var(--sans); text-align: left; white-space: normal; background: var(--surface); color: var(--link); }
.middle { display: block; max-height: 70vh; overflow: auto; scrollbar-width: thin; border-left: 3px solid var(--line); }
.size, .outline { font-size: .8125rem; color: var(--soft); overflow-wrap: anywhere; }
.outline { font-size: .875rem; color: var(--ink); }
.notes { display: flex; flex-wrap: wrap; gap: .125rem 1.25rem; padding: 0; list-style: none; font-size: .8125rem; color: var(--write); font-weight: 550; }
.argument-long .notes { margin-bottom: .25rem; }
.notes li { position: relative; padding-left: 1.125rem; }
.notes li::before { content: ""; position: absolute; left: .1875rem; top: .41em; width: .4375rem; height: .4375rem; border: 2px solid; transform: rotate(45deg); }
.piece { border-radius: 3px; }
.piece-hidden, .piece-blank { padding: 0 .2em; background: var(--odd); color: var(--surface); font: 600 .9em/1.3 var(--mono); white-space: nowrap; unicode-bidi: isolate; }
.piece-blank { background: none; color: var(--odd); outline: 1px dashed; outline-offset: -1px; }
.piece-masked { padding: 0 .25em; background: var(--calm-ground); color: var(--calm); outline: 1px dashed var(--calm); outline-offset: -1px; }
.piece-mixed { background: var(--odd-ground); color: var(--odd); text-decoration: underline wavy; text-underline-offset: .2em; }
.diff { display: block; min-width: 100%; }
.box:has(.diff) { padding: .25rem 0; }
.row { display: flex; padding: 0 .75rem 0 0; }
.row .content:first-child, .row .unseen:first-child + .content { padding-left: .75rem; }
.diff .fold { margin-inline: .5rem; width: calc(100% - 1rem); }
.sign { flex: none; width: 2rem; text-align: center; user-select: none; color: var(--soft); font-weight: 700; }
.content { flex: 1; min-width: 0; }
.row-removed { background: var(--danger-ground); color: var(--danger); }
.row-added { background: var(--calm-ground); color: var(--calm); }
.row-removed .sign, .row-added .sign { color: inherit; }
.row mark { background: none; color: inherit; font-weight: 700; text-decoration: underline; text-decoration-thickness: 2px; text-underline-offset: .2em; }
.statement { display: block; }
.statement.begins:not(:first-child) { margin-top: .5rem; padding-top: .5rem; border-top: 1px dashed var(--line-strong); }
.sql-keyword { font-weight: 700; color: var(--link); }
.sql-danger { font-weight: 700; color: var(--danger); background: var(--danger-ground); border-radius: 3px; box-shadow: 0 0 0 2px var(--danger-ground); }
.sql-change { font-weight: 700; color: var(--write); }
.sql-comment { color: var(--soft); }
.aside-inline { color: var(--soft); }
`
