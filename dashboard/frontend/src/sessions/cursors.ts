import { type Extension, StateEffect } from '@codemirror/state'
import {
  EditorView,
  type LayerMarker,
  layer,
  RectangleMarker,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view'
import type { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'

interface Person {
  id: string
  name: string
  color: string
  colorLight: string
}

/** What each document client tells of itself; `user` is put in by the server. */
interface CursorState {
  cursor?: { anchor: unknown; head: unknown } | null
  user?: Person
}

interface Peer {
  person: Person
  anchor: number
  head: number
}

const moved = StateEffect.define<null>()

/** A drawn rectangle in the colour of a person, with the name where it is a caret. */
class PeerMarker implements LayerMarker {
  constructor(
    private readonly box: RectangleMarker,
    private readonly person: Person,
    private readonly isCaret: boolean,
  ) {}

  eq(other: PeerMarker): boolean {
    return this.isCaret === other.isCaret && this.person.name === other.person.name && this.box.eq(other.box)
  }

  draw(): HTMLElement {
    const element = this.box.draw()
    // Set one by one: an inline `style` attribute would be against our Content-Security-Policy.
    element.style.setProperty('--peer', this.person.color)
    if (this.isCaret) element.append(this.label())
    return element
  }

  private label(): HTMLElement {
    const label = document.createElement('span')
    label.className = this.box.top < this.box.height ? 'cm-peer-name cm-peer-below' : 'cm-peer-name'
    label.textContent = this.person.name
    return label
  }
}

/** Where everybody else is. Positions are relative to the text, so they move with it. */
function peersOf(text: Y.Text, awareness: Awareness): Peer[] {
  const doc = text.doc
  if (!doc) return []
  const place = (json: unknown) => {
    const position = Y.createRelativePositionFromJSON(json)
    return Y.createAbsolutePositionFromRelativePosition(position, doc)?.index ?? null
  }
  const peers: Peer[] = []
  for (const [client, state] of awareness.getStates() as Map<number, CursorState>) {
    if (client === awareness.clientID || !state.cursor || !state.user) continue
    try {
      const anchor = place(state.cursor.anchor)
      const head = place(state.cursor.head)
      if (anchor !== null && head !== null) peers.push({ person: state.user, anchor, head })
    } catch {
      // A cursor of another kind of client: there is no place for it in this text.
    }
  }
  return peers
}

function markers(view: EditorView, peers: readonly Peer[], carets: boolean): PeerMarker[] {
  const length = view.state.doc.length
  return peers.flatMap(({ person, anchor, head }) => {
    const [from, to] = carets ? [head, head] : [Math.min(anchor, head), Math.max(anchor, head)]
    if (to > length || (!carets && from === to)) return []
    const range = { from, to, empty: from === to, head: to, anchor: from, assoc: 0 }
    const boxes = RectangleMarker.forRange(view, carets ? 'cm-peer-caret' : 'cm-peer-range', range as never)
    return boxes.map((box) => new PeerMarker(box, person, carets))
  })
}

const look = EditorView.baseTheme({
  '.cm-peer-range': { backgroundColor: 'color-mix(in srgb, var(--peer) 26%, transparent)' },
  '.cm-peer-caret': { borderLeft: '2px solid var(--peer)', marginLeft: '-1px' },
  '.cm-peer-name': {
    position: 'absolute',
    top: '-1.15rem',
    left: '-2px',
    padding: '0 0.3rem',
    borderRadius: '0.25rem 0.25rem 0.25rem 0',
    backgroundColor: 'var(--peer)',
    color: '#fff',
    fontFamily: 'var(--font)',
    fontSize: '0.6875rem',
    fontWeight: '600',
    lineHeight: '1.15rem',
    whiteSpace: 'nowrap',
    pointerEvents: 'none',
    // A name that stays would hide what is written above it.
    animation: 'cm-peer-rest 0.3s 3s forwards',
  },
  '@keyframes cm-peer-rest': { to: { opacity: '0' } },
  '.cm-peer-below': { top: '100%', borderRadius: '0 0.25rem 0.25rem 0.25rem' },
})

/** Everybody else's cursors and selections, and one's own for them. */
export function peerCursors(text: Y.Text, awareness: Awareness): Extension {
  const changes = (update: ViewUpdate) =>
    update.docChanged ||
    update.viewportChanged ||
    update.geometryChanged ||
    update.transactions.some(({ effects }) => effects.some((effect) => effect.is(moved)))
  const layerOf = (carets: boolean) =>
    layer({
      above: carets,
      class: carets ? 'cm-peers' : 'cm-peer-ranges',
      markers: (view) => markers(view, peersOf(text, awareness), carets),
      update: changes,
    })
  return [layerOf(false), layerOf(true), look, ownCursor(text, awareness)]
}

function ownCursor(text: Y.Text, awareness: Awareness): Extension {
  return ViewPlugin.define((view) => {
    let waiting = false
    // Awareness may change in the middle of an update of the view, which may not be updated again then.
    const redraw = () => {
      if (waiting) return
      waiting = true
      queueMicrotask(() => {
        waiting = false
        view.dispatch({ effects: moved.of(null) })
      })
    }
    awareness.on('change', redraw)
    return {
      update(update) {
        if (!update.selectionSet && !update.focusChanged) return
        const { anchor, head } = update.state.selection.main
        const relative = (index: number) =>
          Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(text, Math.min(index, text.length)))
        awareness.setLocalStateField('cursor', { anchor: relative(anchor), head: relative(head) })
      },
      destroy: () => awareness.off('change', redraw),
    }
  })
}
