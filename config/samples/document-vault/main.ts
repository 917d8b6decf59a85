/**
 * A document vault: documents over HTTP, stored on a LunarX network by `@lunarx/client`. A sample of a DApp that runs for years in a pod.
 *
 * The three lines that matter are below: connect, serve, stop. What a document costs is three more, in documents.ts: put, get, delete.
 * It keeps nothing but what the network keeps: its pod may be killed at any time.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { connect } from '@lunarx/client/connect'
import { serve } from './serve.ts'

const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
const stopped = new Promise((resolve) => stop.signal.addEventListener('abort', resolve))

const setting = (name: string): string => {
  const value = process.env[name]
  if (!value) throw new Error(`set ${name}`)
  return value
}

// closed in the other order: first requests end, then the client
await using client = await connect({ signal: stop.signal })
await using vault = await serve(client, {
  port: Number(setting('VAULT_PORT')),
  maxBytes: Number(setting('VAULT_MAX_BYTES')),
  token: readFileSync(setting('VAULT_TOKEN_FILE'), 'utf8').trim(),
})
console.log(JSON.stringify({ message: 'the vault is open', port: vault.port }))
await stopped
