/**
 * Draws the timeline of a trace: a lane for each thread, as high as its calls are deep and as dense as its
 * events are many, with the exceptions and the present position. Knows nothing of the editor.
 */

import type { Bucket, Raised, Thread, Timeline } from "./shapes.js";

/** What a person asks of the chart. */
export interface Wishes {
  go(position: number): void;
  step(back: boolean): void;
}

/** A lane's drawing is this wide, and stretched to the width of the view. */
const WIDTH = 1000;
/** Shades of density. */
const SHADES = 4;
const HELP =
  "Click or drag to travel. Left and Right: one step. Page Up and Page Down: a hundredth. Home and End. " +
  "E and Shift+E: next and previous exception.";

export class Chart {
  private readonly note = element("p", "note");
  private readonly chart = element("div", "chart");
  private readonly names = element("div", "names");
  private readonly track = element("div", "track");
  private readonly lanes = element("div", "lanes");
  private readonly cursor = element("div", "cursor");
  private readonly readout = element("p", "readout");
  private timeline: Timeline | undefined;
  private position = 0;

  constructor(
    root: HTMLElement,
    private readonly wishes: Wishes,
  ) {
    this.names.ariaHidden = "true";
    this.track.tabIndex = 0;
    this.track.role = "slider";
    this.track.ariaLabel = "Position in the trace";
    this.track.ariaDescription = HELP;
    this.track.append(this.lanes, this.cursor);
    this.chart.append(this.names, this.track);
    root.replaceChildren(this.note, this.chart, this.readout);
    this.track.addEventListener("pointerdown", (event) => this.onPointerDown(event));
    this.track.addEventListener("pointermove", (event) => this.onPointerMove(event));
    this.track.addEventListener("pointerleave", () => this.tell());
    this.track.addEventListener("keydown", (event) => this.onKey(event));
    this.empty("");
  }

  /** Shows a line of text in place of a timeline. */
  empty(text: string): void {
    this.timeline = undefined;
    this.note.textContent = text;
    this.note.hidden = false;
    this.chart.hidden = true;
    this.readout.hidden = true;
  }

  show(timeline: Timeline): void {
    this.timeline = timeline;
    this.note.hidden = true;
    this.chart.hidden = false;
    this.readout.hidden = false;
    this.chart.style.setProperty("--lanes", `${timeline.threads.length}`);
    this.names.replaceChildren(...timeline.threads.map((thread) => nameOf(thread)));
    this.lanes.replaceChildren(...timeline.threads.map((thread) => laneOf(thread, timeline)));
    this.track.ariaValueMin = "0";
    this.track.ariaValueMax = `${last(timeline)}`;
    this.moveTo(Math.min(this.position, last(timeline)));
  }

  /** Marks the present position. */
  moveTo(position: number): void {
    this.position = position;
    if (this.timeline === undefined) {
      return;
    }
    this.cursor.style.left = `${share(position, this.timeline) * 100}%`;
    this.track.ariaValueNow = `${position}`;
    this.track.ariaValueText = `@${position} of ${this.timeline.events}`;
    this.tell();
  }

  focus(): void {
    this.track.focus();
  }

  private onPointerDown(event: PointerEvent): void {
    if (event.button === 0) {
      this.track.setPointerCapture(event.pointerId);
      this.go(raisedAt(event.target) ?? this.positionAt(event.clientX));
    }
  }

  private onPointerMove(event: PointerEvent): void {
    const position = raisedAt(event.target) ?? this.positionAt(event.clientX);
    if (position !== undefined && this.track.hasPointerCapture(event.pointerId)) {
      this.go(position);
    }
    this.tell(position);
  }

  private onKey(event: KeyboardEvent): void {
    const { timeline } = this;
    if (timeline === undefined || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const hundredth = Math.max(1, Math.round(timeline.events / 100));
    switch (event.key) {
      case "ArrowRight":
      case "ArrowUp":
        this.wishes.step(false);
        break;
      case "ArrowLeft":
      case "ArrowDown":
        this.wishes.step(true);
        break;
      case "PageUp":
        this.go(this.position + hundredth);
        break;
      case "PageDown":
        this.go(this.position - hundredth);
        break;
      case "Home":
        this.go(0);
        break;
      case "End":
        this.go(last(timeline));
        break;
      case "e":
        this.go(timeline.exceptions.find(({ position }) => position > this.position)?.position);
        break;
      case "E":
        this.go(timeline.exceptions.findLast(({ position }) => position < this.position)?.position);
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  /** Asks to go there. The mark goes ahead, and comes to where the answer says. */
  private go(position: number | undefined): void {
    if (this.timeline === undefined || position === undefined) {
      return;
    }
    const wanted = Math.max(0, Math.min(position, last(this.timeline)));
    if (wanted !== this.position) {
      this.moveTo(wanted);
      this.wishes.go(wanted);
    }
  }

  private positionAt(x: number): number | undefined {
    const { left, width } = this.track.getBoundingClientRect();
    if (this.timeline === undefined || width === 0) {
      return undefined;
    }
    const position = Math.floor(((x - left) / width) * this.timeline.events);
    return Math.max(0, Math.min(position, last(this.timeline)));
  }

  /** Says in words what is at a position: that of the pointer, else the present one. */
  private tell(position = this.position): void {
    if (this.timeline !== undefined) {
      this.readout.textContent = inWords(position, this.timeline);
    }
  }
}

function last({ events }: Timeline): number {
  return Math.max(0, events - 1);
}

/** How far along the trace a position is, from 0 to 1: the middle of the event's own place. */
function share(position: number, { events }: Timeline): number {
  return events === 0 ? 0 : (position + 0.5) / events;
}

function nameOf(thread: Thread): HTMLElement {
  const name = element("div", "name");
  name.textContent = thread.name;
  name.title = thread.name;
  return name;
}

function laneOf(thread: Thread, timeline: Timeline): HTMLElement {
  const lane = element("div", "lane");
  lane.dataset["thread"] = `${thread.id}`;
  const marks = timeline.exceptions.filter(({ threadId }) => threadId === thread.id);
  lane.append(drawing(thread, timeline), ...marks.map((raised) => markOf(raised, timeline)));
  return lane;
}

function drawing(thread: Thread, { buckets, events }: Timeline): SVGElement {
  const svg = svgElement("svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} 1`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const deepest = Math.max(0, ...buckets.flatMap(({ depth }) => Object.values(depth)));
  const shades = Array.from({ length: SHADES }, () => "");
  for (const bucket of buckets) {
    const count = bucket.counts[thread.id] ?? 0;
    if (count === 0) {
      continue;
    }
    const density = Math.ceil((count / (bucket.to - bucket.from)) * SHADES);
    const shade = Math.max(1, Math.min(SHADES, density)) - 1;
    const height = ((bucket.depth[thread.id] ?? 0) + 1) / (deepest + 1);
    const x = (bucket.from / events) * WIDTH;
    const width = ((bucket.to - bucket.from) / events) * WIDTH;
    shades[shade] += `M${round(x)} 1v${round(-height)}h${round(width)}v${round(height)}z`;
  }
  for (const [index, path] of shades.entries()) {
    const shape = svgElement("path");
    shape.setAttribute("class", `shade-${index + 1}`);
    shape.setAttribute("d", path);
    svg.append(shape);
  }
  return svg;
}

function round(value: number): number {
  return Number(value.toFixed(3));
}

function markOf(raised: Raised, timeline: Timeline): HTMLElement {
  const mark = element("div", "exception");
  mark.dataset["position"] = `${raised.position}`;
  mark.style.left = `${share(raised.position, timeline) * 100}%`;
  return mark;
}

/** The position of the exception whose mark was hit. */
function raisedAt(target: EventTarget | null): number | undefined {
  const position = target instanceof HTMLElement ? target.dataset["position"] : undefined;
  return position === undefined ? undefined : Number(position);
}

function inWords(position: number, timeline: Timeline): string {
  const { buckets, exceptions, exceptionsTotal, events, threads } = timeline;
  const bucket = buckets.find(({ from, to }) => from <= position && position < to);
  const raised = exceptions.find((exception) => exception.position === position);
  const parts = [`@${position} of ${events}`];
  if (raised !== undefined) {
    parts.push(raised.text === "" ? raised.type : `${raised.type}: ${raised.text}`);
  } else if (bucket !== undefined) {
    parts.push(...threads.flatMap((thread) => activity(thread, bucket)));
  }
  if (exceptions.length < exceptionsTotal) {
    parts.push(`${exceptions.length} of ${exceptionsTotal} exceptions are marked`);
  }
  return parts.join(" · ");
}

function activity(thread: Thread, bucket: Bucket): string[] {
  const count = bucket.counts[thread.id] ?? 0;
  if (count === 0) {
    return [];
  }
  const depth = bucket.depth[thread.id] ?? 0;
  return [`${thread.name}: ${count} ${count === 1 ? "event" : "events"} around here, down to depth ${depth}`];
}

function element(tag: "div" | "p", name: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = name;
  return made;
}

function svgElement(tag: "svg" | "path"): SVGElement {
  return document.createElementNS("http://www.w3.org/2000/svg", tag);
}
