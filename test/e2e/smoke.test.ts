import test from 'ava'
import { inDapp } from '../../hack/cluster/network.ts'
import { NAMESPACE, sampleNetwork } from './network.ts'

test.serial('a DApp pod stores 8 MiB and a small note, lists them, reads both back and removes them', async (t) => {
  const cluster = await sampleNetwork()
  const shell = (script: string): Promise<string> => inDapp(cluster, NAMESPACE, script)
  await shell(
    'head -c 8M /dev/urandom > /home/dapp/smoke && lunarx put /home/dapp/smoke smoke/file && echo a note | lunarx put - smoke/note',
  )
  t.is(await shell('lunarx get smoke/file - | sha256sum'), await shell('sha256sum < /home/dapp/smoke'))
  t.is(await shell('lunarx get smoke/note -'), 'a note\n')
  const listed = (await shell('lunarx ls smoke/ --json'))
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { name: string }).name)
  t.deepEqual(listed.toSorted(), ['smoke/file', 'smoke/note'])
  await shell('lunarx rm smoke/file && lunarx rm smoke/note')
  t.is((await shell('lunarx ls smoke/')).trim(), '')
  // 3: no such name (docs/CLI.md)
  t.is((await shell('lunarx get smoke/note - || echo "exit $?"')).trim(), 'exit 3')
})
