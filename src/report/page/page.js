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
/* What the page was made for, and what is chosen. */
const made = {alpha: data.main, networks: "all",
    measure: Math.max(0, data.measures.findIndex(m => m[0] === "delta_fvu"))};
const chosen = {...made};
const CODES = ["needed", "removable", "empty", "failed", "pending", "not in its study"];
const number = value => value === null ? NaN : Number(value);
const saveText = (name, type, text) => {
    const link = make("a", "", {download: name, href: URL.createObjectURL(new Blob([text], {type}))});
    link.click();
    URL.revokeObjectURL(link.href);
};
const shown = value => {
    const x = number(value);
    return Number.isNaN(x) ? "\u2013" : Number.isFinite(x) ? String(Number(x.toPrecision(3))) : String(x);
};
const exact = value => value === null ? "\u2013" : String(value);
const plural = n => n === 1 ? "1 seed" : n + " seeds";

/* ---- what was found ---- */
const summaryOf = (group, set, alpha = chosen.alpha) => (data[chosen.networks][group] || [])[alpha]?.[2 + set];
const cases = data.cases.map((c, index) => ({name: c[0], seed: c[1], group: c[2], converged: c[3],
    jobs: c[4], splits: c[5], index}));
const isWanted = c => chosen.networks === "all" || c.converged !== 0;
const seedsOf = group => cases.filter(c => c.group === group && isWanted(c));
const verdictOf = s => s[0] === 0 ? (s[2] > 0 ? "empty" : "") : s[1] === s[0] ? "removable"
    : s[1] > 0 ? "mixed" : "needed";
const jobOf = (c, set) => c.jobs[chosen.alpha][set - 1];
const measureName = () => data.measures.length > 0 ? data.measures[chosen.measure][1] : "";
const judge = data.measures.findIndex(m => m[0] === "distance"); /* the verdict goes by it */

/* In a cell; a change has its sign. */
const shortName = m => ({delta_fvu: "FVU ", distance: "distance "}[data.measures[m][0]] || data.measures[m][1] + " ");
const signed = (m, value) => (data.measures[m][0] === "delta_fvu" && number(value) >= 0 ? "+" : "") + shown(value);

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
        cell.append(" ", make("small", `${s[1]} of ${s[0]}` + (s[2] > 0 ? `, ${s[2]} empty` : "")));
        for (const m of new Set([judge, chosen.measure])) {
            const median = m < 0 ? null : s[5 + 4 * m];
            if (median !== null) cell.append(make("span", shortName(m) + signed(m, median)));
        }
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
    find(".measure").forEach(e => { e.textContent = measureName(); });
    find(".what .cell").forEach(showCell);
    find("[data-a]").forEach(e => e.toggleAttribute("hidden", Number(e.dataset.a) !== chosen.alpha));
    find("[data-networks]").forEach(e => { e.hidden = e.dataset.networks !== chosen.networks; });
    find("figure[data-draw]").forEach(showPicture);
    find(".for").forEach(showChoice);
    cases.forEach(showModel);
    const cell = document.querySelector(".cell.chosen");
    if (cell) showSeeds(cell);
};

/* ---- figures: drawn again for what is chosen, or said to stand for something else ---- */
const draws = pictures(data, {summary: summaryOf, seeds: seedsOf, job: jobOf, number,
    split: c => c.splits[chosen.alpha], isThere: (c, set) => jobOf(c, set)[0] < 2});
const isAsMade = names => names.every(name => chosen[name] === made[name]);
const choicesOf = element => element.dataset.for.split(" ").filter(name => name !== "");
const CHOICE = {alpha: () => "alpha = " + data.alphas[chosen.alpha], measure: measureName,
    networks: () => chosen.networks === "all" ? "all networks" : "networks that met their target"};
const choiceText = names => names.map(name => CHOICE[name]()).join(", ");

const showPicture = figure => {
    const own = data.measures.findIndex(m => m[0] === figure.dataset.measure);
    const line = figure.querySelector(".for"), name = figure.querySelector(".name");
    const names = line ? choicesOf(line) : [];
    figure.original ??= figure.querySelector("svg");
    let svg = figure.original;
    if (!isAsMade(names)) {
        const plot = draws[figure.dataset.draw](Number(figure.dataset.i), own < 0 ? chosen.measure : own);
        if (plot) svg = draw.picture({...plot, name: figure.original.getAttribute("aria-label")});
    }
    figure.isDrawn = svg !== figure.original;
    if (svg !== figure.querySelector("svg")) figure.querySelector("svg").replaceWith(svg);
    /* The files are those of the original. */
    const files = figure.querySelector(".files");
    files.hidden = figure.isDrawn;
    figure.save ??= files.parentElement.appendChild(make("button", "save as SVG", {type: "button"}));
    figure.save.hidden = !figure.isDrawn;
    figure.save.onclick = () => saveText(figure.dataset.draw + ".svg", "image/svg+xml",
        new XMLSerializer().serializeToString(svg));
    /* The first figure shows the measure already. */
    figure.hidden = own >= 0 && own === chosen.measure;
    if (name && own < 0) {
        const title = figure.isDrawn ? measureName() : data.measures[made.measure][1];
        name.textContent = title[0].toUpperCase() + title.slice(1);
    }
};

const showChoice = line => {
    const figure = line.closest("figure"), names = choicesOf(line);
    const follows = figure !== null && figure.isDrawn === true;
    line.original ??= line.textContent;
    const stands = !follows && !isAsMade(names);
    line.textContent = follows ? choiceText(names) : stands ? "Stands for " + line.original : line.original;
    line.classList.toggle("stands", stands);
};

/* Eigenvalues in R are the first ones. */
const showModel = c => {
    const model = document.getElementById("model" + c.index);
    if (!model) return;
    model.hidden = !isWanted(c);
    find("figure [data-tip]", model).forEach((e, i) =>
        e.setAttribute("fill", i < c.splits[chosen.alpha][0] ? "#0072b2" : "#009e73"));
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
    if (cases.length === 0) {
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
    save.addEventListener("click", () =>
        saveText("table.tsv", "text/tab-separated-values", asText(table) + "\n"));
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
choice("measure", "measure", data.measures.map(m => m[1]), made.measure, i => { chosen.measure = i; });
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
