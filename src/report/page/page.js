"use strict";
/* The page is whole without this: it shows other thresholds, measures and networks, sorts and
 * filters tables, and leads from a cell to its seeds and from a seed to its model. */
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const find = (selector, root = document) => [...root.querySelectorAll(selector)];
const make = (tag, text, attributes = {}) => {
    const element = document.createElement(tag);
    element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
};
const chosen = {alpha: data.main, measure: 0, networks: "all"};
const CODES = ["needed", "removable", "empty", "failed", "pending", "not in its study"];
const number = value => value === null ? NaN : Number(value);
const shown = value => {
    const x = number(value);
    return Number.isNaN(x) ? "\u2013" : Number.isFinite(x) ? String(Number(x.toPrecision(3))) : String(x);
};
const exact = value => value === null ? "\u2013" : String(value);
const plural = n => n === 1 ? "1 seed" : n + " seeds";

/* ---- what was found ---- */
const summaryOf = (group, set) => (data[chosen.networks][group] || [])[chosen.alpha]?.[1 + set];
const seedsOf = group => data.cases.map((c, i) => ({name: c[0], seed: c[1], group: c[2],
    converged: c[3], jobs: c[4], index: i})).filter(c => c.group === group &&
    (chosen.networks === "all" || c.converged !== 0));
const verdictOf = s => s[0] === 0 ? (s[2] > 0 ? "empty" : "") : s[1] === s[0] ? "removable"
    : s[1] > 0 ? "mixed" : "needed";
const jobOf = (c, set) => c.jobs[chosen.alpha][set - 1];
const measureName = () => data.measures.length > 0 ? data.measures[chosen.measure][1] : "";

const tipOf = (group, set) => {
    const s = summaryOf(group, set);
    if (!s || s[0] === 0) return "";
    const [median, mean, low, high] = s.slice(5 + 4 * chosen.measure, 9 + 4 * chosen.measure);
    const lines = [`without ${data.sets[set]}, alpha = ${data.alphas[chosen.alpha]}`,
        `${measureName()}: median ${exact(median)}, mean ${exact(mean)}`];
    if (low !== null && low !== undefined) lines.push(`95 % interval of the mean: ${low} to ${high}`);
    const seeds = seedsOf(group).filter(c => jobOf(c, set)[0] < 2);
    for (const c of seeds.slice(0, 12))
        lines.push(`seed ${c.seed < 0 ? c.name : c.seed}: ${exact(jobOf(c, set)[1 + chosen.measure])}`);
    if (seeds.length > 12) lines.push(`and ${seeds.length - 12} more`);
    return lines.join("\n");
};

const showCell = cell => {
    const group = Number(cell.dataset.g), set = Number(cell.dataset.s), s = summaryOf(group, set);
    cell.replaceChildren();
    const verdict = s ? verdictOf(s) : "";
    cell.className = "cell " + verdict + (cell.classList.contains("chosen") ? " chosen" : "");
    cell.append(make("b", verdict === "mixed" ? "in some" : verdict));
    if (s && s[0] > 0) {
        const median = s[5 + 4 * chosen.measure];
        if (median !== null) cell.append(make("span", shown(median)));
        cell.append(make("small", `${s[1]} of ${s[0]}` + (s[2] > 0 ? `, ${s[2]} empty` : "")));
    }
    cell.dataset.sort = s && s[0] > 0 ? number(s[5 + 4 * chosen.measure]) : "";
    cell.dataset.tip = tipOf(group, set);
};

const showAll = () => {
    for (const item of find(".findings li")) {
        const texts = (data[chosen.networks][item.dataset.g] || [])[chosen.alpha];
        item.replaceChildren(texts ? texts[0] + " " : "No network of this group is left.",
            make("span", texts ? texts[1] : "", {class: "soft"}));
    }
    find(".alpha").forEach(e => { e.textContent = data.alphas[chosen.alpha]; });
    find(".measure").forEach(e => { e.textContent = "median " + measureName(); });
    find(".what .cell").forEach(showCell);
    find("[data-a]").forEach(e => e.toggleAttribute("hidden", Number(e.dataset.a) !== chosen.alpha));
    const cell = document.querySelector(".cell.chosen");
    if (cell) showSeeds(cell);
};

/* ---- seeds of a cell, model of a seed ---- */
const openModel = index => {
    const model = document.getElementById("model" + index);
    if (!model) return;
    for (let e = model; e; e = e.parentElement) if (e.tagName === "DETAILS") e.open = true;
    model.scrollIntoView();
};

const showSeeds = cell => {
    const place = document.getElementById("seeds");
    const group = Number(cell.dataset.g), set = Number(cell.dataset.s);
    find(".cell.chosen").forEach(e => e.classList.remove("chosen"));
    cell.classList.add("chosen");
    place.hidden = false;
    place.replaceChildren(make("h3", `${cell.parentElement.cells[0].querySelector("a").textContent}: ` +
        `without ${data.sets[set]} at alpha = ${data.alphas[chosen.alpha]}`));
    if (data.cases.length === 0) {
        place.append(make("p", "The study is too large for its single seeds to be on this page: they are " +
            "in jobs.csv."));
        return;
    }
    const table = make("table", ""), head = make("tr", "");
    const titles = ["seed", "model", "verdict", ...data.measures.map(m => m[1])];
    titles.forEach((title, i) => head.append(make("th", title, i === 1 || i === 2 ? {class: "left"} : {})));
    const body = make("tbody", "");
    for (const c of seedsOf(group)) {
        const row = make("tr", ""), job = jobOf(c, set), name = make("td", "", {class: "left"});
        const link = make("a", c.name, {href: "#model" + c.index});
        link.addEventListener("click", () => openModel(c.index));
        name.append(document.getElementById("model" + c.index) ? link : c.name);
        row.append(make("td", c.seed < 0 ? "\u2013" : c.seed), name,
            make("td", CODES[job[0]], {class: "left " + CODES[job[0]]}));
        data.measures.forEach((m, i) => row.append(make("td", exact(job[1 + i]))));
        body.append(row);
    }
    const top = make("thead", "");
    top.append(head);
    table.append(top, body);
    const scroll = make("div", "", {class: "scroll"});
    scroll.append(table);
    place.append(scroll);
    prepare(table);
};

/* ---- tables: sort, filter, copy ---- */
const keyOf = cell => {
    const text = cell.dataset.sort ?? cell.textContent.trim();
    const value = Number(text);
    return text === "" || text === "\u2013" ? null : Number.isNaN(value) ? text : value;
};
const compare = (a, b) => a === null || b === null ? (a === null) - (b === null)
    : typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));

const sortBy = (table, column, header) => {
    const falls = header.getAttribute("aria-sort") === "ascending";
    find("th", table).forEach(e => e.setAttribute("aria-sort", "none"));
    header.setAttribute("aria-sort", falls ? "descending" : "ascending");
    for (const body of table.tBodies) {
        const rows = [...body.rows].map(row => ({row, key: keyOf(row.cells[column])}));
        rows.sort((a, b) => a.key === null || b.key === null ? compare(a.key, b.key)
            : (falls ? -1 : 1) * compare(a.key, b.key));
        body.append(...rows.map(r => r.row));
    }
};

const filterRows = (table, text) => {
    const words = text.toLowerCase().split(/\s+/);
    for (const row of table.tBodies[0].rows) {
        const whole = row.textContent.toLowerCase();
        row.style.display = words.every(word => whole.includes(word)) ? "" : "none";
    }
};

const copyText = text => {
    const area = make("textarea", "");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
};
const visibleRows = table => [...table.rows].filter(row => !row.hidden && row.style.display !== "none");
const asText = table => visibleRows(table).map(row => [...row.cells].map(cell =>
    cell.textContent.trim()).join("\t")).join("\n");

const prepare = table => {
    const headers = table.tHead ? [...table.tHead.rows[0].cells] : [];
    if (!table.classList.contains("what")) { /* a narrow screen has every row as a list */
        table.classList.add("narrow");
        for (const row of table.tBodies[0]?.rows || [])
            headers.forEach((header, i) => { row.cells[i].dataset.label = header.textContent; });
    }
    headers.forEach((header, i) => {
        header.setAttribute("aria-sort", "none");
        header.tabIndex = 0;
        header.addEventListener("click", () => sortBy(table, i, header));
        header.addEventListener("keydown", event => {
            if (event.key === "Enter") sortBy(table, i, header);
        });
    });
    const tools = make("div", "", {class: "tools"});
    if (table.tBodies[0] && table.tBodies[0].rows.length > 4) {
        const filter = make("input", "", {type: "search", placeholder: "filter rows", "aria-label": "filter rows"});
        filter.addEventListener("input", () => filterRows(table, filter.value));
        tools.append(filter);
    }
    const copy = make("button", "copy", {type: "button"});
    copy.addEventListener("click", () => copyText(asText(table)));
    const save = make("button", "save as TSV", {type: "button"});
    save.addEventListener("click", () => {
        const link = make("a", "", {download: "table.tsv",
            href: URL.createObjectURL(new Blob([asText(table) + "\n"], {type: "text/tab-separated-values"}))});
        link.click();
        URL.revokeObjectURL(link.href);
    });
    tools.append(copy, save);
    table.parentElement.before(tools);
};

/* ---- hover ---- */
const tip = make("div", "", {id: "tip", role: "tooltip", hidden: ""});
document.body.append(tip);
document.addEventListener("mouseover", event => {
    const over = event.target.closest?.("[data-tip]");
    tip.hidden = !over || over.dataset.tip === "";
    if (!tip.hidden) tip.textContent = over.dataset.tip;
});
document.addEventListener("mousemove", event => {
    const room = window.innerWidth - tip.offsetWidth - 14;
    tip.style.left = Math.max(2, Math.min(event.clientX + 12, room)) + "px";
    const below = event.clientY + 16 + tip.offsetHeight < window.innerHeight;
    tip.style.top = Math.max(2, below ? event.clientY + 16 : event.clientY - tip.offsetHeight - 8) + "px";
});

/* ---- what is chosen ---- */
const choice = (name, title, options, value, change) => {
    if (options.length < 2) return;
    const label = make("label", title + " "), select = make("select", "", {name});
    options.forEach((text, i) => select.append(make("option", text, {value: i})));
    select.value = value;
    select.addEventListener("change", () => { change(Number(select.value)); showAll(); });
    label.append(select);
    form.append(label);
};
const form = make("form", "");
choice("alpha", "alpha", data.alphas, chosen.alpha, i => { chosen.alpha = i; });
choice("measure", "measure", data.measures.map(m => m[1]), 0, i => { chosen.measure = i; });
choice("networks", "networks", data.converged ? ["all", "converged only"] : ["all"], 0,
    i => { chosen.networks = i === 1 ? "converged" : "all"; });
document.querySelector("nav").append(form);
document.body.classList.add("live");
find("table").forEach(prepare);
find(".what .cell").forEach(cell => {
    cell.tabIndex = 0;
    cell.addEventListener("click", () => showSeeds(cell));
    cell.addEventListener("keydown", event => { if (event.key === "Enter") showSeeds(cell); });
});
window.addEventListener("beforeprint", () => find("details").forEach(e => { e.open = true; }));
const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let e = target; e; e = e.parentElement) if (e.tagName === "DETAILS") e.open = true;
};
window.addEventListener("hashchange", follow);
follow();
showAll();
})();
