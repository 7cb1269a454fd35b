/* Style sheet of the page. */
#pragma once

#define PAGE_STYLE                                                                                 \
    ":root{--ink:#1b1f24;--soft:#57606a;--line:#d8dee4;--band:#f6f8fa;--accent:#0072b2}"           \
    "*{box-sizing:border-box}"                                                                     \
    "body{margin:0;color:var(--ink);background:#fff;line-height:1.5;"                              \
    "font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}"   \
    "main{max-width:1240px;margin:0 auto;padding:1.2rem}"                                          \
    "h1{font-size:1.7rem;line-height:1.2;margin:.4rem 0 .2rem;overflow-wrap:anywhere}"             \
    "h2{font-size:1.3rem;margin:2.2rem 0 .6rem;padding-top:.8rem;"                                 \
    "border-top:1px solid var(--line);overflow-wrap:anywhere}"                                     \
    "h3{font-size:1.02rem;margin:1.4rem 0 .5rem;overflow-wrap:anywhere}"                           \
    "p{margin:.5rem 0}a{color:var(--accent)}"                                                      \
    ".soft{color:var(--soft)}"                                                                     \
    ".state{display:flex;flex-wrap:wrap;gap:.6rem;margin:1rem 0}"                                  \
    ".state div{border:1px solid var(--line);border-radius:8px;padding:.5rem "                     \
    ".9rem;min-width:6rem}"                                                                        \
    ".state b{display:block;font-size:1.35rem;font-variant-numeric:tabular-nums}"                  \
    ".state span{color:var(--soft);font-size:.85rem}"                                              \
    ".banner{background:#fff4e5;border-left:5px solid #e69f00;padding:.7rem 1rem;margin:1rem 0}"   \
    ".warnings{background:var(--band);border-left:5px solid #e69f00;margin:1rem 0;"                \
    "padding:.6rem 1rem .6rem 2rem;overflow-wrap:anywhere}.warnings li{margin:.25rem 0}"           \
    ".scroll{overflow-x:auto;margin:.6rem 0;border:1px solid var(--line);border-radius:6px}"       \
    "table{border-collapse:collapse;width:100%;font-size:.8rem;"                                   \
    "font-variant-numeric:tabular-nums}"                                                           \
    "th,td{padding:.28rem .42rem;text-align:right;white-space:nowrap;"                             \
    "border-bottom:1px solid var(--line)}"                                                         \
    "tr:last-child td{border-bottom:0}th{background:var(--band);font-weight:600}"                  \
    "th:first-child,td:first-child{text-align:left;position:sticky;left:0;background:#fff}"        \
    "th:first-child{background:var(--band)}td small{color:var(--soft)}"                            \
    "td.left,th.left{text-align:left}td.wrap{white-space:normal;overflow-wrap:anywhere}"           \
    ".gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,400px),1fr));"   \
    "gap:1rem;margin:.8rem 0}"                                                                     \
    "figure{margin:0;border:1px solid var(--line);border-radius:8px;padding:.7rem;"                \
    "break-inside:avoid}"                                                                          \
    "figure img{display:block;width:100%;height:auto}"                                             \
    "figcaption{font-size:.83rem;color:var(--soft);margin-top:.4rem;overflow-wrap:anywhere}"       \
    "figcaption b{color:var(--ink);display:block}"                                                 \
    "dt{font-weight:600;margin-top:.5rem}dd{margin:0 0 0 1.1rem;overflow-wrap:anywhere}"           \
    "pre{background:var(--band);padding:.7rem;overflow-x:auto;font-size:.8rem;border-radius:6px}"  \
    "summary{cursor:pointer;color:var(--accent);margin:.6rem 0}"                                   \
    "@media(max-width:520px){main{padding:.8rem}h1{font-size:1.35rem}"                             \
    "figure{padding:.35rem;border-radius:4px}}"                                                    \
    "@media print{main{max-width:none}.scroll{overflow:visible}details{display:block}}"
