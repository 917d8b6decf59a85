/**
 * Takes out of resources and logs what nobody but their owner should see. Pure. The report reads no Secret in the first place; this is
 * for what people put where it does not belong.
 *
 * @module
 */
const HIDDEN = '[redacted]'
const TELLING = /secret|token|password|passwd|credential|private|apikey|accesskey/i
/** Names of things that are secret, not the things. */
const REFERENCES = /(name|ref|file|folder|path|secretname|audience|expirationseconds)$/i

const PATTERNS: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}\b/g,
  /\b(?:Bearer|Basic)\s+[\w.~+/=-]{8,}/gi,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /(?<=(?:secret|token|password|passwd|accessKey|secretKey)["']?\s*[=:]\s*["']?)[^\s"',}]{4,}/gi,
]

export const redactText = (text: string): string => PATTERNS.reduce((rest, pattern) => rest.replace(pattern, HIDDEN), text)

function redactValue(key: string, value: unknown): unknown {
  if (typeof value === 'string' && TELLING.test(key) && !REFERENCES.test(key)) return HIDDEN
  return redact(value)
}

/** Also without what the server keeps for itself. */
export function redact(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value)
  if (Array.isArray(value)) return value.map(redact)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).filter(
    ([key]) => key !== 'managedFields' && key !== 'kubectl.kubernetes.io/last-applied-configuration',
  )
  const isTellingVariable = typeof (value as { name?: unknown }).name === 'string' && TELLING.test((value as { name: string }).name)
  return Object.fromEntries(entries.map(([key, child]) => [key, key === 'value' && isTellingVariable ? HIDDEN : redactValue(key, child)]))
}
