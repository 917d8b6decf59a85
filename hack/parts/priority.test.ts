import test from 'ava'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const PRIORITY = pathToFileURL(join(import.meta.dirname, 'priority.ts')).href
const AUTOGROUP = '/proc/self/autogroup'

/** Tells its own priority, that of a process that it starts, and that of its session. */
const PROGRAM = `
  import { execFileSync } from 'node:child_process'
  import { existsSync, readFileSync } from 'node:fs'
  import { getPriority } from 'node:os'
  import { takeLowestPriority } from '${PRIORITY}'
  takeLowestPriority()
  const session = existsSync('${AUTOGROUP}') ? readFileSync('${AUTOGROUP}', 'utf8').trim().split(' ').at(-1) : ''
  console.log(getPriority(), execFileSync('nice', { encoding: 'utf8' }).trim(), session)
`

test('the lowest priority is that of the process, of what it starts, and of its session', async (t) => {
  const before = execFileSync('nice', { encoding: 'utf8' })
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  await once(child, 'close')
  t.is(said.trim(), existsSync(AUTOGROUP) ? '19 19 19' : '19 19')
  t.is(execFileSync('nice', { encoding: 'utf8' }), before)
})
