import test from 'ava'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const RUN = pathToFileURL(join(import.meta.dirname, 'run.ts')).href

/** Runs two commands, one behind the other, and cleans up. */
const PROGRAM = `
  import { run } from '${RUN}'
  const first = await run('sh', ['-c', 'echo began $$; exec sleep 600'])
  const second = await run('echo', ['second'])
  console.log(JSON.stringify([first.code, second.code]))
`

test('who stops us stops the command, none begins after it, and what is to be cleaned up is', async (t) => {
  const program = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  program.stdout.setEncoding('utf8')
  for await (const chunk of program.stdout as AsyncIterable<string>) {
    output += chunk
    if (/^began \d+\n$/.test(output)) program.kill('SIGINT')
  }
  const [began = '', ...rest] = output.trim().split('\n')
  t.deepEqual(rest, ['[1,130]'])
  const pid = Number(began.split(' ')[1])
  t.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})
