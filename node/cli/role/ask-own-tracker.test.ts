import { readdir } from 'node:fs/promises'
import type { AdminRoutes } from '@lunarx/net/admin'
import test from 'ava'
import { clock } from '../../net/_network.test.ts'
import { runLunarx, trackerPod } from './_tracker-pod.test.ts'

const answers: Partial<AdminRoutes> = {
  listTranscripts: async () => ({ transcripts: [], convictions: [] }),
  readBeacon: async ({ round }) => ({ proof: `of ${round}` }),
}

const admin = (config: string, ...args: readonly string[]): Promise<string> => runLunarx(['admin', ...args, '--config', config])

test('beside a tracker: one line of JSON, of the tracker whose volume it is', async (t) => {
  const { config, peer } = await trackerPod(t, answers)
  t.deepEqual(JSON.parse(await admin(config, 'listTranscripts')), { tracker: peer, answer: { transcripts: [], convictions: [] } })
  t.regex(await admin(config, 'readBeacon', '{"round":7}'), /^[^\n]*"proof":"of 7"[^\n]*\n$/)
})

test('what the operator alone may order is no request of it, and a body that does not fit is refused before anybody is asked', async (t) => {
  const { config } = await trackerPod(t, answers)
  await t.throwsAsync(admin(config, 'declareLost', '{}'), { message: /is invalid/ })
  await t.throwsAsync(admin(config, 'readBeacon', '{"round":-1}'), { code: 'BAD_CONFIG', message: /readBeacon/ })
  await t.throwsAsync(admin(config, 'readBeacon', 'seven'), { code: 'BAD_CONFIG', message: /JSON/ })
})

test('where no tracker has enrolled it says so and makes nothing; another role has no admin API; a credential that is over is told', async (t) => {
  const { config, folder } = await trackerPod(t, answers, { hasEnrolled: false })
  await t.throwsAsync(admin(config, 'listTranscripts'), { code: 'BAD_CONFIG', message: /no tracker has enrolled/ })
  t.deepEqual(await readdir(folder), [])
  const provider = await trackerPod(t, answers, { role: 'provider' })
  await t.throwsAsync(admin(provider.config, 'listTranscripts'), { code: 'BAD_CONFIG', message: /of a provider/ })
  const late = await trackerPod(t, answers, { expiresMs: clock.now() - 1 })
  await t.throwsAsync(admin(late.config, 'listTranscripts'), { code: 'CREDENTIAL_EXPIRED' })
})
