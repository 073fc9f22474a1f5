/** Joins the chart to the extension. */

import { Chart } from "./chart.js";
import type { FromPage, ToPage } from "./shapes.js";

declare function acquireVsCodeApi(): { postMessage(message: FromPage): void };

/** How long after an answer the editor may still be taking the keyboard to where it stopped. */
const SETTLING = 1000;

const host = acquireVsCodeApi();
const root = document.getElementById("timeline");
if (root !== null) {
  start(root);
}

function start(root: HTMLElement): void {
  // The editor takes the keyboard at each stop; who travels by keyboard here wants it back.
  let travelsByKey = false;
  const chart = new Chart(root, {
    go: (position) => host.postMessage({ kind: "go", position }),
    step: (back) => host.postMessage({ kind: "step", back }),
  });
  root.addEventListener("keydown", ({ key }) => {
    travelsByKey = key !== "Tab" && key !== "Escape";
  });
  root.addEventListener("pointerdown", () => {
    travelsByKey = false;
  });
  window.addEventListener("blur", () => {
    if (travelsByKey) {
      host.postMessage({ kind: "lostFocus" });
    }
  });
  window.addEventListener("focus", () => chart.focus());
  let settled = 0;
  window.addEventListener("message", ({ data }: MessageEvent<ToPage>) => {
    if (data.kind === "empty") {
      chart.empty(data.text);
    } else if (data.kind === "timeline") {
      chart.show(data.timeline);
    } else {
      chart.moveTo(data.place.position);
      window.clearTimeout(settled);
      settled = window.setTimeout(() => {
        travelsByKey = false;
      }, SETTLING);
    }
  });
  host.postMessage({ kind: "ready" });
}
