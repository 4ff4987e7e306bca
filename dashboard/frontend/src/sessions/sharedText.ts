import { type Extension, Prec } from '@codemirror/state'
import { keymap } from '@codemirror/view'
import { yCollab, yUndoManagerKeymap } from 'y-codemirror.next'
import * as Y from 'yjs'
import type { CollaborativeSession } from '../client/collab/session'
import { peerCursors } from './cursors'

/** Binds an editor to the text of a session. Undo takes back only what was typed here. */
export function sharedText(session: CollaborativeSession): Extension {
  const { text, awareness } = session
  return [
    yCollab(text, null, { undoManager: new Y.UndoManager(text) }),
    Prec.high(keymap.of(yUndoManagerKeymap)),
    peerCursors(text, awareness),
  ]
}
