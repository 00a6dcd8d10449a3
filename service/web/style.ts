/** Of every page, in light and dark; colours are never the only sign. Contrast: WCAG 2.2 AA. */
export const style = `
:root{color-scheme:light dark;--ink:light-dark(#1b1f24,#e6e9ed);--dim:light-dark(#57606a,#9aa4af);--paper:light-dark(#fff,#14171b);--band:light-dark(#f5f7f9,#1c2026);--line:light-dark(#d5dae0,#343b44);--link:light-dark(#0b57d0,#8ab4ff);--bad:light-dark(#a31515,#ff9a92);--warn:light-dark(#7a4a00,#f2c14e);--good:light-dark(#11633a,#7fd6a3)}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
a{color:var(--link)}
code{font:.9em ui-monospace,monospace;overflow-wrap:anywhere}
header{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:center;justify-content:space-between;padding:.6rem 1.25rem;background:var(--band);border-bottom:1px solid var(--line)}
header strong a{color:inherit;text-decoration:none}
header p{margin:0;color:var(--dim)}
main{max-width:64rem;margin:0 auto;padding:1.5rem 1.25rem 4rem}
main.narrow{max-width:40rem}
h1{font-size:1.6rem;line-height:1.25;margin:.5rem 0;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:2.25rem 0 .5rem}
h3{font-size:1rem;margin:0;overflow-wrap:anywhere}
h3 small{font-weight:400;color:var(--dim)}
.lead{font-size:1.1rem;color:var(--dim);margin:.25rem 0 1.25rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.35rem 1.5rem;margin:1rem 0}
dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:.5rem 0 0;font-size:.95rem}
th,td{padding:.35rem .6rem;text-align:left;vertical-align:top;border-top:1px solid var(--line);overflow-wrap:anywhere;min-width:6rem}
th{color:var(--dim);font-weight:500;border-top:0}
table.changes{table-layout:fixed}
table.changes th:nth-child(1){width:30%}table.changes th:nth-child(2){width:14%}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
section.step{border:1px solid var(--line);border-radius:6px;padding:.7rem .9rem;margin:.75rem 0}
section.step p{margin:.35rem 0 0;color:var(--dim)}
.op{display:inline-block;min-width:4.75rem;margin-right:.6rem;padding:0 .5rem;border:1px solid currentColor;border-radius:999px;font-size:.85rem;font-weight:600;text-align:center}
.bad{color:var(--bad)}.warn{color:var(--warn)}.good{color:var(--good)}
.notice{border-left:4px solid currentColor;padding:.1rem 0 .1rem .9rem;margin:1.25rem 0}
.notice ul{margin:.25rem 0;padding-left:1.1rem}
button,.button{display:inline-block;font:inherit;padding:.45rem 1.1rem;border:1px solid var(--link);border-radius:5px;background:var(--link);color:var(--paper);text-decoration:none;cursor:pointer}
.second{background:transparent;color:var(--link)}
.ways{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.75rem 0}
.fine{color:var(--dim);font-size:.9rem}
@media(max-width:36rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}
table.changes tr:first-child{display:none}table.changes tr{display:block;padding:.4rem 0;border-top:1px solid var(--line)}table.changes td{display:block;padding:0;border:0}
table.changes td:nth-child(1){font-weight:600}table.changes td:nth-child(3)::before{content:"before: ";color:var(--dim)}table.changes td:nth-child(4)::before{content:"after: ";color:var(--dim)}}
`;
