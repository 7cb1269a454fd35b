/* The pictures that follow what is chosen on the page: each from the data of the page and accessors
 * to them, as a plot for draw.js; null where the page has no values for it. */
const pictures = (data, of) => {
const WIDTH = 520, WIDE = 1060, FLOOR = 1e-6, INK = "#111";
const removals = data.sets.map((name, s) => s).slice(1);
const colour = s => data.styles[s][0], point = s => data.styles[s][1];
const jitter = (i, n) => n > 1 ? 2 * i / (n - 1) - 1 : 0;
const few = list => list.filter((_, i) => list.length <= data.dots || i === 0 ||
    Math.floor(i * data.dots / list.length) !== Math.floor((i - 1) * data.dots / list.length));
const tip = (c, value) => (c.seed < 0 ? c.name : "seed " + c.seed) + ": " + value;
const setLabels = {from: 0.4, to: data.sets.length - 0.4,
    list: removals.map(s => [s, data.sets[s] === "RR+CR+CC" ? "RR+CR\n+CC" : data.sets[s]])};
const groupLabels = groups => ({from: -0.6, to: groups.length - 0.4,
    list: groups.map((g, i) => [i, data.groups[g][1]])});
const groupsOf = task => data.groups.map((_, g) => g).filter(g => data.groups[g][0] === task);
const measureAxis = (m, values) => ({title: data.measures[m][1], values,
    include: [0, data.measures[m][2] ? 1.05 : 0.01]});
const zero = {points: [[-Infinity, 0], [Infinity, 0]], colour: "#444", width: 1};
/* The parts of a job or a summary that are of a measure. */
const valueOf = (c, s, m) => of.number(of.job(c, s)[1 + m]);
const partsOf = (summary, m) => {
    const [median, mean, low, high] = summary.slice(5 + 4 * m, 9 + 4 * m).map(of.number);
    const told = summary[0] >= data.interval && Number.isFinite(low);
    return {median, mean, low: told ? low : NaN, high: told ? high : NaN, n: summary[0]};
};
const massOf = (c, s) => Math.hypot(...data.sets[s].split("+").map(k =>
    of.number(of.split(c)[1 + ["RR", "CR", "CC"].indexOf(k)])));

const effects = (group, m) => {
    const marks = [], lines = [zero], values = [];
    const seeds = few(of.seeds(group));
    for (const s of removals) {
        const summary = of.summary(group, s);
        if (!summary) return null;
        seeds.forEach((c, i) => {
            const y = of.isThere(c, s) ? valueOf(c, s, m) : NaN;
            if (Number.isFinite(y)) marks.push({x: s + 0.25 * jitter(i, seeds.length), y, point: point(s),
                colour: colour(s), tip: tip(c, y)});
        });
        const {mean, low, high} = partsOf(summary, m);
        if (Number.isFinite(low)) lines.push({points: [[s, low], [s, high]], colour: INK, width: 2});
        if (Number.isFinite(mean)) marks.push({x: s, y: mean, point: 2, colour: INK, tip: "mean: " + mean});
        values.push(low, high);
    }
    if (marks.length === 0) return null;
    const full = partsOf(of.summary(group, 0), m).mean;
    if (Number.isFinite(full)) lines.push({points: [[-Infinity, full], [Infinity, full]], colour: "#222", dash: "4 4"});
    return {width: WIDTH, height: 340, x: {labels: setLabels}, lines, marks,
        y: measureAxis(m, [...values, full, ...marks.map(k => k.y)])};
};

const alphas = (group, m) => {
    const single = removals.filter(s => !data.sets[s].includes("+")), marks = [], lines = [zero];
    const span = data.alphas.at(-1) - data.alphas[0], values = [];
    const edge = a => a < 0 ? data.alphas[0] : a >= data.alphas.length - 1 ? data.alphas.at(-1)
        : (data.alphas[a] + data.alphas[a + 1]) / 2;
    const shown = single.length > 0 ? single : removals;
    for (const s of shown) {
        const steps = [], shift = 0.004 * span * (s - 0.5 * data.sets.length);
        data.alphas.forEach((alpha, a) => {
            const summary = of.summary(group, s, a), parts = summary ? partsOf(summary, m) : {mean: NaN};
            if (!Number.isFinite(parts.mean)) return;
            steps.push([edge(a - 1) + shift, parts.mean], [edge(a) + shift, parts.mean]);
            if (Number.isFinite(parts.low)) lines.push({colour: colour(s), width: 1,
                points: [[alpha + shift, parts.low], [alpha + shift, parts.high]]});
            marks.push({x: alpha + shift, y: parts.mean, point: point(s), colour: colour(s),
                tip: `without ${data.sets[s]} at ${alpha}: ${parts.mean}, n = ${parts.n}`});
            values.push(parts.mean, parts.low, parts.high);
        });
        if (steps.length > 0) lines.push({points: steps, colour: colour(s)});
    }
    const margin = 0.04 * span;
    return marks.length === 0 ? null : {width: WIDTH, height: 360, x: {title: "alpha", range: [data.alphas[0] - margin,
        data.alphas.at(-1) + margin]}, y: measureAxis(m, values), lines, marks,
        legend: shown.map(s => [data.sets[s], colour(s), point(s)])};
};

/* What every seed of the groups of a task has: `columns` are [offset, value of a case, style]. */
const bySeed = (task, title, columns) => {
    const groups = groupsOf(task), marks = [];
    groups.forEach((g, k) => {
        const seeds = few(of.seeds(g));
        seeds.forEach((c, i) => columns.forEach(([offset, value, [shade, shape]]) => {
            const y = value(c), room = columns.length > 1 ? 0.07 : 0.25;
            if (Number.isFinite(y) && y >= 0) marks.push({x: k + offset + room * jitter(i, seeds.length), y,
                point: shape, colour: shade, tip: tip(c, y)});
        }));
    });
    return data.cases.length === 0 ? null : {width: WIDTH, height: 340, x: {labels: groupLabels(groups)}, marks,
        y: {title, values: marks.map(k => k.y), include: [0, 0.01]}, lines: []};
};
const size = task => {
    const plot = bySeed(task, "n_R", [[0, c => of.split(c)[0], ["#0072b2", 7]]]);
    if (plot) groupsOf(task).forEach((g, k) => {
        plot.lines.push({points: [[k - 0.31, data.groups[g][2]], [k + 0.31, data.groups[g][2]]],
            colour: "#aaa", width: 2});
        plot.y.include.push(data.groups[g][2]);
    });
    return plot;
};
const masses = task => {
    const plot = bySeed(task, "mass", ["RR", "CR", "CC"].map((name, k) => [0.25 * (k - 1),
        c => of.number(of.split(c)[1 + k]), data.couplings[k]]));
    if (plot) plot.legend = ["RR", "CR", "CC"].map((name, k) => [name, ...data.couplings[k]]);
    return plot;
};

const mass = (task, m) => {
    const marks = [], log = !data.measures[m][2], found = [];
    for (const s of removals) for (const g of groupsOf(task)) for (const c of few(of.seeds(g))) {
        const x = massOf(c, s), y = of.isThere(c, s) ? valueOf(c, s, m) : NaN;
        if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
        found.push(x);
        marks.push({x, y: log ? Math.max(y, FLOOR) : y, point: point(s), colour: colour(s),
            tip: `without ${data.sets[s]}, ${tip(c, y)}`});
    }
    if (marks.length === 0) return null;
    found.sort((a, b) => a - b);
    const half = (found.length - 1) / 2;
    const median = found.length > 0 ? (found[Math.floor(half)] + found[Math.ceil(half)]) / 2 : NaN;
    const limit = {delta_fvu: data.epsilon ** 2, distance: data.epsilon}[data.measures[m][0]];
    const lines = Number.isFinite(median) ? [{points: [[median, -Infinity], [median, Infinity]], colour: "#222", dash: "4 4"}] : [];
    if (limit > 0) lines.push({points: [[-Infinity, limit], [Infinity, limit]], colour: "#222", dash: "4 4"});
    return {width: WIDTH, height: 380, lines, marks, x: {title: "removed mass", values: found, include: [0, 0.01]},
        y: log ? {title: data.measures[m][1], values: marks.map(k => k.y), include: [1], log, floor: FLOOR}
            : measureAxis(m, marks.map(k => k.y)),
        legend: removals.map(s => [data.sets[s], colour(s), point(s)]),
        texts: log ? [[0.98, 0.04, "stabilizer", "end"], [0.02, 0.95, "fragile", "start"]] : []};
};

/* Light where nothing is lost: by decades, an accuracy by what is lost of the full network's. */
const PALETTE = ["#fff7ec", "#fdd49e", "#fc8d59", "#b30000", "#4d0000"];
const heat = (index, m) => {
    const areas = [], n = data.groups.length;
    data.groups.forEach((group, g) => removals.forEach(s => {
        const summary = of.summary(g, s), value = summary ? partsOf(summary, m).median : NaN;
        if (Number.isNaN(value)) return;
        const part = data.measures[m][2] ? partsOf(of.summary(g, 0), m).median - value
            : (Math.log10(Math.min(Math.max(value, 1e-4), 1e9)) + 4) / 4.5;
        const shade = Math.max(0, Math.min(4, Math.floor(5 * part)));
        areas.push({x0: s - 0.5, x1: s + 0.5, y0: n - 1.5 - g, y1: n - 0.5 - g, colour: PALETTE[shade],
            ink: shade > 2 ? "#fff" : INK, text: String(Number(value.toPrecision(2))), tip: String(value)});
    }));
    return areas.length === 0 ? null : {width: WIDE, height: 70 + 26 * n, x: {labels: setLabels}, areas, y: {labels: {from: -0.5, to: n - 0.5,
        list: data.groups.map((group, g) => [n - 1 - g, `${data.tasks[group[0]]}, ${group[1]}`.slice(0, 48)])}}};
};
return {effects, alphas, size, masses, mass, heat};
};
