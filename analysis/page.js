// Numbers of the figures: under the pointer, and as tables that are made when they are opened. Each
// figure has them as JSON (reading.py): panels with a box in shares of the image, axes, series, cells.
"use strict";

const NEAR = 30;  // pixels between the pointer and a point that it tells of

function text(value) {
    return value === null || value === undefined ? "–" : String(value).replace("-", "−");
}

// What an axis calls a value: the name of the nearest mark where marks are words.
function named(axis, value) {
    const places = Object.keys(axis.names);
    if (!places.length || value === null)
        return text(value);
    const nearest = places.reduce((a, b) => Math.abs(b - value) < Math.abs(a - value) ? b : a);
    return Math.abs(nearest - value) <= 0.5 ? axis.names[nearest] : text(value);
}

// From 0 to 1 along the axis, and back.
function share(axis, value) {
    const scale = axis.log ? Math.log : x => x, [low, high] = axis.limits.map(scale);
    return (scale(value) - low) / (high - low);
}

function valueAt(axis, part) {
    const [low, high] = axis.log ? axis.limits.map(Math.log) : axis.limits;
    const value = low + part * (high - low);
    return axis.log ? Math.exp(value) : value;
}

function cellAt(cells, x, y) {
    const [left, right, bottom, top] = cells.extent;
    const column = Math.floor((x - left) / (right - left) * cells.values[0].length);
    const row = Math.floor((y - bottom) / (top - bottom) * cells.values.length);
    return row in cells.values && column in cells.values[row] ? [row, column] : null;
}

// The middles of the cells along an axis.
function middles(low, high, count) {
    return Array.from({length: count}, (_, i) =>
        Number((low + (i + 0.5) * (high - low) / count).toPrecision(4)));
}

function axesOf(cells) {
    const [left, right, bottom, top] = cells.extent;
    return [middles(left, right, cells.values[0].length), middles(bottom, top, cells.values.length)];
}

// What stands at a place of the panel, in shares of it from the lower left; `size` in pixels.
function tell(panel, px, py, size) {
    const {x, y} = panel, lines = panel.name ? [panel.name] : [];
    let nearest = NEAR;
    let told = "";
    for (const series of panel.series)
        series.y.forEach((value, i) => {
            const level = series.x[i] === null;
            const dx = level ? 0 : share(x, series.x[i]) - px, dy = share(y, value) - py;
            const distance = Math.hypot(dx * size[0], dy * size[1]);
            if (value === null || !(distance < nearest))
                return;
            nearest = distance;
            told = series.name + (level ? "" : `\n${x.name || "x"}: ${named(x, series.x[i])}`) +
                `\n${y.name || "y"}: ${series.words ? series.words[i] : named(y, value)}` +
                (series.error ? ` ± ${text(series.error[i])}` : "");
        });
    const cell = panel.cells && cellAt(panel.cells, valueAt(x, px), valueAt(y, py));
    if (cell && !told) {
        const [columns, rows] = axesOf(panel.cells);
        told = `${x.name || "x"}: ${named(x, columns[cell[1]])}\n${y.name || "y"}: ` +
            `${named(y, rows[cell[0]])}\n${panel.cells.name || "value"}: ` +
            text(panel.cells.values[cell[0]][cell[1]]);
    }
    return told && [...lines, told].join("\n");
}

// ---- tables ----

function element(name, content, kind) {
    const made = document.createElement(name);
    made.textContent = content ?? "";
    if (kind)
        made.className = kind;
    return made;
}

function table(header, rows) {
    const made = document.createElement("table");
    const add = (name, cells) => {
        const line = made.insertRow();
        cells.forEach(cell => line.append(typeof cell === "string" ? element(name, cell) :
            element(name, text(cell), "n")));
    };
    add("th", header.map(String));
    rows.forEach(row => add("td", row));
    return made;
}

function tableOfCells(panel) {
    const [columns, rows] = axesOf(panel.cells);
    const name = (axis, value) => Object.keys(axis.names).length ? named(axis, value) : value;
    return table([`${panel.y.name} \\ ${panel.x.name}`, ...columns.map(c => named(panel.x, c))],
                 rows.map((row, i) => [name(panel.y, row), ...panel.cells.values[i]]));
}

// Series with the same x stand side by side, others below each other.
function tableOfSeries({x, y, series}) {
    const first = JSON.stringify(series[0].x);
    const own = (axis, value) => Object.keys(axis.names).length ? named(axis, value) : value;
    if (series.length > 1 && first !== "[null]" && !series[0].words && series.every(s => JSON.stringify(s.x) === first))
        return table([x.name || "x", ...series.flatMap(s => s.error ? [s.name, "±"] : [s.name])],
                     series[0].x.map((value, i) => [own(x, value), ...series.flatMap(
                         s => s.error ? [s.y[i], s.error[i]] : [own(y, s.y[i])])]));
    const errors = series.some(s => s.error);
    return table(["", x.name || "x", y.name || "y", ...(errors ? ["±"] : [])],
                 series.flatMap(s => s.y.map((value, i) => [
                     s.name, own(x, s.x[i]), s.words ? s.words[i] : own(y, value),
                     ...(errors ? [s.error ? s.error[i] : null] : [])])));
}

function fill(details, panels) {
    if (details.querySelector("table"))
        return;
    for (const panel of panels) {
        if (panel.name || panels.length > 1)
            details.append(element("h3", panel.name || panel.y.name));
        if (panel.cells)
            details.append(tableOfCells(panel));
        if (panel.series.length)
            details.append(tableOfSeries(panel));
    }
}

// ---- the page ----

const hover = element("div");
hover.id = "hover";
hover.hidden = true;
document.body.append(hover);

for (const figure of document.querySelectorAll("figure")) {
    const panels = JSON.parse(figure.querySelector("script").textContent);
    const details = figure.querySelector("details"), image = figure.querySelector("img");
    details.hidden = !panels.length;
    details.addEventListener("toggle", () => fill(details, panels));
    image.addEventListener("pointermove", event => {
        const frame = image.getBoundingClientRect();
        const at = [(event.clientX - frame.left) / frame.width,
                    (event.clientY - frame.top) / frame.height];
        let told = "";
        for (const panel of panels) {
            const [left, top, right, bottom] = panel.box;
            const px = (at[0] - left) / (right - left), py = (bottom - at[1]) / (bottom - top);
            if (px >= 0 && px <= 1 && py >= 0 && py <= 1)
                told = tell(panel, px, py, [frame.width * (right - left),
                                            frame.height * (bottom - top)]);
        }
        hover.textContent = told;
        hover.hidden = !told;
        const left = Math.min(event.clientX + 14, innerWidth - hover.offsetWidth - 6);
        hover.style.left = `${Math.max(left, 0)}px`;
        hover.style.top = `${event.clientY + 16}px`;
    });
    image.addEventListener("pointerleave", () => { hover.hidden = true; });
}
