import { act, createElement, type FC, type PropsWithChildren, StrictMode } from 'react'

// A hook draws nothing, so React needs no page to run it: only a window, and to know that the test awaits its work.
Object.assign(globalThis, { window: globalThis, IS_REACT_ACT_ENVIRONMENT: true })
const { createRoot } = await import('react-dom/client')

/** The little that React touches of an element in which nothing is drawn. */
function emptyElement(): Element {
  const addEventListener = () => undefined
  const view = { document: {}, HTMLIFrameElement: class {} }
  const ownerDocument = { nodeType: 9, defaultView: view, addEventListener }
  const namespaceURI = 'http://www.w3.org/1999/xhtml'
  const element = {
    nodeType: 1,
    nodeName: 'DIV',
    tagName: 'DIV',
    namespaceURI,
    ownerDocument,
    addEventListener,
  }
  return element as unknown as Element
}

export interface HostOptions {
  /** As an application in development has it: every component is mounted, unmounted and mounted again. */
  strict?: boolean
  /** What is around the component. */
  around?: FC<PropsWithChildren>
}

/** A component that does nothing but call one hook. */
export class Host<Props, Result> {
  /** What the hook returned last. */
  result!: Result
  renders = 0
  private readonly root = createRoot(emptyElement())
  private readonly Component: FC<{ value: Props }>

  constructor(
    hook: (props: Props) => Result,
    props: Props,
    private readonly options: HostOptions = {},
  ) {
    this.Component = ({ value }) => {
      this.result = hook(value)
      this.renders += 1
      return null
    }
    this.render(props)
  }

  render(value: Props): void {
    const { around, strict = false } = this.options
    const component = createElement(this.Component, { value })
    const inside = around ? createElement(around, null, component) : component
    act(() => this.root.render(strict ? createElement(StrictMode, null, inside) : inside))
  }

  unmount(): void {
    act(() => this.root.unmount())
  }
}

/** Until what was put off to the end of the turn has been done: the last one to go ends a connection only then. */
export async function settled(): Promise<void> {
  await act(() => new Promise<void>((resolve) => setTimeout(resolve, 0)))
}
