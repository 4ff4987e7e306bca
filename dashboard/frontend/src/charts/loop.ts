/** Something that is drawn. Looks for itself whether it has to be, and returns whether it was. */
export type Draw = () => boolean

/**
 * Most pictures drawn in one frame. Without a GPU a canvas costs milliseconds of its frame; so a sample that changes
 * a dozen of them is spread over a few frames, rather than to make one frame late.
 */
const DRAWN_PER_FRAME = 2

const drawings = new Set<Draw>()
let frame: number | null = null

/** Draws what is due, oldest first. */
export function drawDue(queue: Set<Draw>, most = DRAWN_PER_FRAME): void {
  let drawn = 0
  for (const draw of [...queue]) {
    if (!draw()) continue
    // To the end of the line, so that everybody gets their turn.
    queue.delete(draw)
    queue.add(draw)
    drawn += 1
    if (drawn >= most) return
  }
}

function tick(): void {
  frame = requestAnimationFrame(tick)
  drawDue(drawings)
}

/** Calls `draw` in the one animation loop that all charts share. Returns how to stop. */
export function onFrame(draw: Draw): () => void {
  drawings.add(draw)
  frame ??= requestAnimationFrame(tick)
  return () => {
    drawings.delete(draw)
    if (drawings.size === 0 && frame !== null) {
      cancelAnimationFrame(frame)
      frame = null
    }
  }
}
