import { palette, rootFontSize } from '../charts/palette'

export interface PicturePart {
  title: string
  canvas: HTMLCanvasElement
}

/** Puts charts under each other into one PNG, with their titles and what the whole is. */
export function pictureOf(heading: string, parts: readonly PicturePart[]): Promise<Blob | null> {
  const scale = devicePixelRatio
  const line = rootFontSize() * 1.75 * scale
  const edge = rootFontSize() * scale
  const width = Math.max(...parts.map(({ canvas }) => canvas.width)) + 2 * edge
  const height = parts.reduce((sum, { canvas }) => sum + canvas.height + line, line + 2 * edge)
  const picture = document.createElement('canvas')
  picture.width = width
  picture.height = height
  const context = picture.getContext('2d')
  if (!context) return Promise.resolve(null)
  const colours = palette()
  const write = (text: string, bold: boolean, y: number) => {
    context.font = `${bold ? 600 : 400} ${Math.round(rootFontSize() * 0.85 * scale)}px ${colours.font}`
    context.fillStyle = colours.axis
    context.fillText(text, edge, y)
  }
  context.fillStyle = colours.surface
  context.fillRect(0, 0, width, height)
  context.textBaseline = 'middle'
  write(heading, false, edge + line / 2)
  let top = edge + line
  for (const { title, canvas } of parts) {
    write(title, true, top + line / 2)
    context.drawImage(canvas, edge, top + line)
    top += line + canvas.height
  }
  return new Promise((resolve) => picture.toBlob(resolve, 'image/png'))
}

/** Offers a file for download. */
export function download(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
