// The day: previous, next, a date, the arrows of the keyboard. A day is a file that calls mitoyenDay with its numbers.
"use strict";
(() => {
  const figure = document.getElementById("jour");
  const lang = document.documentElement.lang;
  const months = figure.dataset.months.split(" ");
  const choice = document.getElementById("choice");
  const buttons = { "-1": document.getElementById("previous"), 1: document.getElementById("next") };
  const said = document.getElementById("jour-says");
  const body = document.querySelector("#jour-table tbody");
  const heads = [...document.querySelectorAll("#jour-table thead th")].map((one) => one.textContent);
  const csv = document.getElementById("jour-csv");
  const form = figure.querySelector(".days");
  const translated = document.querySelector(".language a");
  const kwh = new Intl.NumberFormat(lang, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
  const tenths = new Intl.NumberFormat(lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  let current = figure.dataset.day;
  let sentence = said.textContent;

  const iso = (day) => day.toISOString().slice(0, 10);
  const shifted = (day, by) => iso(new Date(Date.parse(day) + by * 86400000));
  const lastOf = (month) => iso(new Date(Date.UTC(+month.slice(0, 4), +month.slice(5), 0)));
  const has = (day) => months.includes(day.slice(0, 7));
  const first = `${months[0]}-01`, last = lastOf(months[months.length - 1]);

  // The next day there is, over months that have none; null at the end.
  function beside(day, by) {
    for (let one = shifted(day, by); one >= first && one <= last; one = shifted(one, by)) if (has(one)) return one;
    return null;
  }

  function worded(day) {
    const text = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { dateStyle: "long", timeZone: "UTC" });
    const said = text.format(new Date(day));
    return lang === "fr" ? said.replace(/^1 /, "1er ") : said;
  }

  // A stack of steps as the outline of an area: along its top, and back along its bottom.
  function area(where, low, high, x, y) {
    let there = "", back = "";
    for (let step = 0; step < high.length; step++) {
      const [from, to] = [x(where[step]), x(where[step + 1])];
      there += `${step ? "L" : "M"}${from},${y(high[step])}L${to},${y(high[step])}`;
      back = `L${to},${y(low[step])}L${from},${y(low[step])}${back}`;
    }
    return `${there}${back}Z`;
  }

  function draw(svg, [width, height], data, where) {
    const top = +figure.dataset.top;
    const round = (value) => Math.round(value * 100) / 100;
    const x = (hours) => round((hours / 24) * width), y = (value) => round(height - (value / top) * height);
    const colours = data.parts.map((_, index) => `var(--p${index})`);
    const layers = data.parts.length
      ? [...data.parts, data.surplus].map((of, index) => [of, colours[index] || "var(--c-surplus)"])
      : [[data.produced, "var(--c-produced)"]];
    const low = new Array(data.produced.length).fill(0);
    // A month may show who the energy went to, and the next month not.
    const group = svg.querySelector(".mark-area");
    svg.querySelectorAll(".mark-area path[fill], .mark-line path[stroke]").forEach((one) => one.setAttribute("d", ""));
    const added = (parent, attributes) => {
      const path = document.createElementNS(svg.namespaceURI, "path");
      for (const [name, value] of Object.entries(attributes)) path.setAttribute(name, value);
      parent.append(path);
      return path;
    };
    for (const [of, colour] of layers) {
      const high = low.map((value, step) => value + of[step]);
      const path = group.querySelector(`path[fill="${colour}"]`) || added(group, { fill: colour });
      path.setAttribute("d", area(where, low, high, x, y));
      high.forEach((value, step) => { low[step] = value; });
    }
    if (data.consumed.length) {
      let line = svg.querySelector(".mark-line path[stroke]");
      if (!line) {
        const lines = document.createElementNS(svg.namespaceURI, "g");
        lines.setAttribute("class", "mark-line");
        svg.querySelector("g").append(lines);
        line = added(lines, { stroke: "var(--c-consumed)", "stroke-width": 1.8 });
      }
      line.setAttribute("d", data.consumed.map((value, step) =>
        `${step ? "L" : "M"}${x(where[step])},${y(value)}L${x(where[step + 1])},${y(value)}`).join(""));
    }
  }

  function clock(minutes) {
    return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  }

  function tell(data) {
    const [produced, shared, consumed, rate] = data.totals;
    const values = {
      day: worded(data.day), produced: kwh.format(produced / 1000), shared: kwh.format(shared / 1000),
      consumed: kwh.format(consumed / 1000),
      rate: rate === null ? "–" : tenths.format(rate / 10) + (lang === "en" ? "%" : "\u202f%"),
    };
    const text = shared === null ? figure.dataset.less : figure.dataset.says;
    said.textContent = sentence = text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  // What is drawn stays, and so does what is said of it.
  function missing() {
    said.textContent = `${figure.dataset.none} ${sentence}`;
  }

  function list(data, at) {
    const flows = data.parts.length > 0;
    const series = [data.produced, ...(flows ? [...data.parts, data.surplus, data.consumed] : [])];
    const rows = at.map((time, step) => {
      const row = document.createElement("tr");
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = time;
      row.append(head);
      for (let column = 0; column < heads.length - 1; column++) {
        const cell = document.createElement("td");
        cell.className = "n";
        cell.textContent = column < series.length ? kwh.format(series[column][step] / 1000) : "–";
        row.append(cell);
      }
      return row;
    });
    body.replaceChildren(...rows);
    const [mark, between] = lang === "en" ? [".", ","] : [",", ";"];
    const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
    const columns = heads.slice(1).map((_, column) => series[column]);
    const lines = at.map((time, step) =>
      [time, ...columns.map((of) => (of ? (of[step] / 1000).toFixed(3).replace(".", mark) : ""))].join(between));
    const text = ["\ufeff" + heads.map(quoted).join(between), ...lines, ""].join("\r\n");
    URL.revokeObjectURL(csv.href);
    csv.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    csv.download = `${data.day}.csv`;
  }

  window.mitoyenDay = (data) => {
    if (data.day !== current) return; // an older wish that came late
    const steps = data.produced.length;
    const at = data.at || data.produced.map((_, step) => clock(step * data.minutes));
    const where = data.where || [...Array(steps + 1).keys()].map((step) => (24 * step) / steps);
    const box = figure.querySelector(".drawing");
    const [wide, small] = box.querySelectorAll("svg");
    draw(wide, box.dataset.wide.split(" ").map(Number), data, where);
    draw(small, box.dataset.small.split(" ").map(Number), data, where);
    tell(data);
    list(data, at);
    figure.dataset.day = data.day;
  };

  function show(day) {
    if (!has(day)) return missing();
    current = day;
    choice.value = day;
    for (const by of ["-1", "1"]) buttons[by].disabled = beside(day, +by) === null;
    history.replaceState(null, "", `#${day}`);
    translated.hash = day;
    const script = document.createElement("script");
    script.src = `${figure.dataset.files}${day}.js`;
    script.onload = () => script.remove();
    script.onerror = () => { script.remove(); missing(); };
    document.head.append(script);
  }

  function move(by) {
    const day = beside(current, by);
    if (day) show(day);
  }

  choice.min = first;
  choice.max = last;
  choice.addEventListener("change", () => choice.value && show(choice.value));
  for (const by of ["-1", "1"]) buttons[by].addEventListener("click", () => move(+by));
  form.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    // In a date field the arrows are its own; in a table that scrolls they scroll.
    if (event.target.closest("input, .scroll")) return;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) { event.preventDefault(); move(by); }
  });
  const wanted = () => /^#\d{4}-\d\d-\d\d$/.test(location.hash) && show(location.hash.slice(1));
  window.addEventListener("hashchange", wanted);
  form.hidden = false;
  for (const by of ["-1", "1"]) buttons[by].disabled = beside(current, +by) === null;
  wanted();
})();
