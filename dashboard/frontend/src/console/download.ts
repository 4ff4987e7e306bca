import { exportPath } from '../client/query/api'

/** Fetches the file of a shared execution. The share is no part of the address, so the body carries it. */
export async function downloadShared(
  executionId: string,
  share: string,
  format: 'csv' | 'json',
): Promise<void> {
  const token = /csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? ''
  const answer = await fetch(exportPath(executionId, format).split('?')[0] as string, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'Content-Type': 'application/json', 'X-CSRFToken': token },
    body: JSON.stringify({ share, format }),
  })
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
  const url = URL.createObjectURL(await answer.blob())
  const link = document.createElement('a')
  link.href = url
  link.download = `${executionId}.${format}`
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
