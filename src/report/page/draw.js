"use strict";
/* Small drawings in the style of the page's pictures: axes, marks, lines and areas. */
const draw = (() => {
const LETTER = 7.2; /* width of one, about */
const node = (tag, attributes, text) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    return element;
};

/* By gnuplot's numbers of points; the open ones have no area. */
const SHAPES = {2: "M-4-4L4 4M-4 4L4-4", 4: "M-3.5-3.5H3.5V3.5H-3.5Z", 5: "M-3-3H3V3H-3Z",
    6: "M-4 0A4 4 0 1 0 4 0A4 4 0 1 0-4 0Z", 7: "M-3.2 0A3.2 3.2 0 1 0 3.2 0A3.2 3.2 0 1 0-3.2 0Z",
    8: "M0-4L4 3H-4Z", 9: "M0-4L4 3H-4Z"};
const FILLED = [5, 7, 9];
const mark = ({x, y, point, colour, tip}) => node("path", {d: SHAPES[point],
    transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`, "stroke-width": 1.3, stroke: colour,
    fill: FILLED.includes(point) ? colour : "#fff", "fill-opacity": FILLED.includes(point) ? 1 : 0,
    ...(tip ? {"data-tip": tip} : {})});

/* An axis from the values that it must show; `log` has a floor. */
const axis = ({title, labels, values = [], include = [], log, floor, range}) => {
    const known = [...values, ...include].filter(Number.isFinite);
    if (labels) return {title, low: labels.from, high: labels.to, ticks: labels.list};
    if (range) return {title, low: range[0], high: range[1], ticks: ticksOf(...range)};
    if (log) {
        const high = Math.max(Math.log10(Math.max(floor, ...known)) + 0.15, Math.log10(floor) + 1);
        const low = Math.log10(floor) - 0.15, step = Math.ceil((high - low) / 8), ticks = [];
        for (let k = Math.ceil(low); k <= high; k += step) ticks.push([k, `1e${k}`]);
        return {title, low, high, ticks, log};
    }
    const low = Math.min(...known), high = Math.max(...known), room = 0.04 * (high - low);
    return {title, low: low < 0 ? low - room : low, high: high + room, ticks: ticksOf(low, high + room)};
};
const ticksOf = (low, high) => {
    const decade = 10 ** Math.floor(Math.log10((high - low) / 5)), ticks = [];
    const step = [1, 2, 5, 10].map(k => k * decade).find(k => (high - low) / k <= 6) || 10 * decade;
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++)
        ticks.push([k * step, String(Number((k * step).toPrecision(6)))]);
    return ticks;
};

const write = (svg, x, y, text, attributes = {}) => text.split("\n").forEach((line, i) =>
    svg.append(node("text", {x: x.toFixed(1), y: (y + 14 * i).toFixed(1), "text-anchor": "middle",
        fill: "#222", ...attributes}, line)));

/* {width, height, x, y: axes, areas: [{x0, x1, y0, y1, colour, text, ink, tip}], lines: [{points,
 * colour, dash, width}], marks: [{x, y, point, colour, tip}], legend: [[name, colour, point]],
 * texts: [[x, y, text, anchor]] in parts of the frame} */
const picture = plot => {
    const {width, height} = plot, x = axis(plot.x), y = axis(plot.y);
    const longest = Math.max(...y.ticks.map(t => t[1].length), 2) * LETTER;
    const rows = plot.legend?.length > 4 ? 2 : plot.legend?.length > 0 ? 1 : 0;
    const left = longest + (y.title ? 30 : 14), right = width - 14, top = 14 + 18 * rows, bottom = height - 44;
    const svg = node("svg", {viewBox: `0 0 ${width} ${height}`, role: "img", "font-size": 13,
        "font-family": "Helvetica,Arial,sans-serif", "aria-label": plot.name});
    const at = (of, value) => (of.log ? Math.log10(Math.max(value, 10 ** of.low)) : value);
    const px = value => left + (right - left) * (at(x, value) - x.low) / (x.high - x.low);
    const py = value => bottom - (bottom - top) * (at(y, value) - y.low) / (y.high - y.low);
    const ly = k => y.log ? 10 ** k : k;
    const rule = (x1, y1, x2, y2, attributes = {}) => svg.append(node("path", {fill: "none", stroke: "#444",
        d: `M${x1.toFixed(1)} ${y1.toFixed(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}`, ...attributes}));
    svg.append(node("rect", {width, height, fill: "#fff"}));
    for (const [k, text] of y.ticks) {
        if (!plot.areas) rule(left, py(ly(k)), right, py(ly(k)), {stroke: "#ddd"});
        write(svg, left - 6, py(ly(k)) + 4, text, {"text-anchor": "end"});
    }
    for (const [k, text] of x.ticks) write(svg, px(k), bottom + 18, text);
    if (!plot.areas) {
        rule(left, top, left, bottom);
        rule(left, bottom, right, bottom);
    }
    if (x.title) write(svg, (left + right) / 2, height - 8, x.title);
    if (y.title) write(svg, 0, 0, y.title, {transform: `translate(13 ${(top + bottom) / 2}) rotate(-90)`});
    for (const a of plot.areas || []) {
        svg.append(node("rect", {x: px(a.x0).toFixed(1), width: (px(a.x1) - px(a.x0)).toFixed(1),
            y: py(a.y1).toFixed(1), height: (py(a.y0) - py(a.y1)).toFixed(1), fill: a.colour,
            ...(a.tip ? {"data-tip": a.tip} : {})}));
        write(svg, px((a.x0 + a.x1) / 2), py((a.y0 + a.y1) / 2) + 4, a.text, {fill: a.ink, "pointer-events": "none"});
    }
    for (const line of plot.lines || []) svg.append(node("path", {fill: "none", stroke: line.colour,
        "stroke-width": line.width || 1.5, "stroke-dasharray": line.dash || "none",
        d: "M" + line.points.map(([a, b]) => `${(a === -Infinity ? left : a === Infinity ? right : px(a)).toFixed(1)} ` +
            (b === -Infinity ? bottom : b === Infinity ? top : py(b)).toFixed(1)).join("L")}));
    for (const m of plot.marks || []) svg.append(mark({...m, x: px(m.x), y: py(m.y)}));
    for (const [a, b, text, anchor] of plot.texts || [])
        write(svg, left + a * (right - left), bottom - b * (bottom - top), text, {"text-anchor": anchor, fill: "#555"});
    const columns = Math.ceil((plot.legend || []).length / (rows || 1)) || 1;
    (plot.legend || []).forEach(([name, colour, point], i) => {
        const place = left + ((i % columns) + 0.5) * (right - left) / columns, row = 14 + 18 * Math.floor(i / columns);
        write(svg, place, row + 4, name, {"text-anchor": "end"});
        svg.append(mark({x: place + 12, y: row, point, colour}));
    });
    return svg;
};
return {picture};
})();
