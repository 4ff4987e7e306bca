/** Something that is drawn. Looks for itself whether it has to be, and returns whether it was. */
export type Draw = () => boolean

/**
 * Most pictures drawn in one frame. Without a GPU a canvas costs milliseconds of its frame; so a sample that changes
 * a dozen of them is spread over a few frames, rather than to make one frame late.
 */
const DRAWN_PER_FRAME = 3
/**
 * How often to look whether time has moved a picture, ms. A five-minute chart moves by a pixel every few hundred ms;
 * asking for every frame would keep the browser compositing sixty times a second for nothing.
 */
const BEAT_MS = 100

const drawings = new Set<Draw>()
let frame: number | null = null
let timer: ReturnType<typeof setTimeout> | null = null

/** Draws what is due, oldest first. Returns whether there may be more. */
export function drawDue(queue: Set<Draw>, most = DRAWN_PER_FRAME): boolean {
  let drawn = 0
  for (const draw of [...queue]) {
    if (!draw()) continue
    // To the end of the line, so that everybody gets their turn.
    queue.delete(draw)
    queue.add(draw)
    drawn += 1
    if (drawn >= most) return true
  }
  return false
}

function tick(): void {
  frame = null
  if (drawDue(drawings)) wake()
  else rest()
}

function rest(): void {
  if (drawings.size === 0 || timer !== null) return
  timer = setTimeout(() => {
    timer = null
    wake()
  }, BEAT_MS)
}

/** Looks at the next frame whether anything is to be drawn: call it when there is news. Hidden pages have no frames. */
export function wake(): void {
  if (drawings.size > 0) frame ??= requestAnimationFrame(tick)
}

/** Calls `draw` in the one animation loop that all charts share. Returns how to stop. */
export function onFrame(draw: Draw): () => void {
  drawings.add(draw)
  wake()
  return () => {
    drawings.delete(draw)
    if (drawings.size > 0) return
    if (frame !== null) cancelAnimationFrame(frame)
    if (timer !== null) clearTimeout(timer)
    frame = null
    timer = null
  }
}
