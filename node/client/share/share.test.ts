import { randomFillSync } from 'node:crypto'
import { granteeText, openGrant, ownerKeys, sealGrant } from '@lunarx/core/keys'
import { hexOf } from '@lunarx/core/model'
import { codeSeed, regionCodes } from '@lunarx/core/watermark'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { collectBytes, digest, Fleet, OWNER } from '../_fleet.test.ts'
import type { Client } from '../index.ts'
import { decodeManifest, encodeManifest } from '../manifest/index.ts'

const GRANTEE = new Uint8Array(32).fill(43)
const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff)
const readShared = (fleet: Fleet, client: Client, grant: string, range?: { offset: number; length?: number }) =>
  fleet.run(collectBytes(client.getShared(grant, { range })))

test('a grantee of another secret reads what was shared bit for bit, whole and by ranges, and nothing else', async (t) => {
  const fleet = await Fleet.start()
  const [owner, grantee] = [await fleet.openClient(), await fleet.openClient(GRANTEE)]
  const object = bytesOf(700_000)
  for (const [name, bytes] of [
    ['shared', object],
    ['small', bytesOf(100)],
    ['private', bytesOf(50_000)],
  ] as const)
    await fleet.run(owner.put(name, bytes, name === 'shared' ? { suite: 'xchacha20-poly1305' } : {}))
  const { address } = await fleet.run(grantee.address())
  const grant = await fleet.run(owner.share('shared', address))
  t.is(digest(await readShared(fleet, grantee, grant)), digest(object))
  t.is(digest(await readShared(fleet, grantee, grant, { offset: 300_000, length: 5 })), digest(object.subarray(300_000, 300_005)))
  t.is(digest(await readShared(fleet, grantee, await fleet.run(owner.share('small', address)))), digest(bytesOf(100)))
  t.like(await fleet.run(grantee.statShared(grant)), {
    name: 'shared',
    sizeBytes: 700_000,
    class: '4+2',
    segments: 1,
    owner: (await fleet.run(owner.address())).owner,
  })
  for (const name of ['shared', 'private']) await t.throwsAsync(fleet.read(grantee, name), { code: 'NAME_NOT_FOUND' })
  t.deepEqual(await fleet.run(Array.fromAsync(grantee.list())), [])

  await t.throwsAsync(fleet.run(owner.share('none', address)), { code: 'NAME_NOT_FOUND' })
  await t.throwsAsync(fleet.run(owner.share('shared', address.slice(1))), { code: 'BAD_GRANTEE' })
  const stranger = await fleet.openClient(new Uint8Array(32).fill(44))
  await t.throwsAsync(readShared(fleet, stranger, grant), { code: 'WRONG_KEY' })
  await t.throwsAsync(fleet.run(stranger.statShared(grant)), { code: 'WRONG_KEY' })

  await fleet.run(owner.put('shared', bytesOf(60_000)))
  t.like(await fleet.run(grantee.statShared(grant)), { sizeBytes: 700_000 }, 'the grant is of the version of then')
  await fleet.machines.clock.runFor(20_000)
  await t.throwsAsync(readShared(fleet, grantee, grant), { code: 'TOMBSTONED' })
})

test('what a grant holds opens its version and nothing else: no code follows from it, so no challenge is answered without the bytes', async (t) => {
  const fleet = await Fleet.start()
  const [owner, grantee] = [await fleet.openClient(), await fleet.openClient(GRANTEE)]
  await fleet.run(owner.put('shared', bytesOf(700_000)))
  const { address } = await fleet.run(grantee.address())
  const grant = await fleet.run(owner.share('shared', address))
  const keys = ownerKeys(OWNER, crypto)
  const opened = await openGrant(grant, ownerKeys(GRANTEE, crypto), fleet.machines.config.network, crypto)
  const { versions } = decodeManifest(opened.manifest)
  const content = versions[0]?.content
  if (content?.kind !== 'sets') throw new Error('not stored as sets')
  const [segment] = content.root.entries
  if (!segment) throw new Error('no segment')

  const inGrant = [hexOf(opened.manifest), hexOf(opened.key)].join()
  const secrets = [OWNER, keys.wrappingKey, ...keys.slots.flatMap(({ position, code }) => [position, code])]
  const seeds = keys.slots.map(({ code }) => codeSeed(code, segment.salt, crypto))
  for (const secret of [...secrets, ...seeds]) t.false(inGrant.includes(hexOf(secret)))
  // Codes are a PRF of the code seed alone. What a grantee has of 32 bytes, taken for it, gives none of the 16-byte codes of any region.
  const codes = new Set(
    Array.from({ length: 128 }, (_, region) => regionCodes(seeds[region % 8] ?? OWNER, region, 4, crypto))
      .flat()
      .map(hexOf),
  )
  const guesses = [...segment.positionSeeds, ...segment.addresses, segment.id, opened.key, content.keyCommitment]
  for (const guess of guesses)
    for (let region = 0; region < 128; region++)
      for (const code of [
        ...regionCodes(guess, region, 4, crypto),
        ...regionCodes(codeSeed(guess, segment.salt, crypto), region, 4, crypto),
      ])
        if (codes.has(hexOf(code))) t.fail('a code follows from the grant')
  t.is(codes.size, 512)
})

test('every flip and cut of a grant is refused; so is one that a grantee seals on to somebody else', async (t) => {
  const [owner, grantee, third] = [ownerKeys(OWNER, crypto), ownerKeys(GRANTEE, crypto), ownerKeys(new Uint8Array(32).fill(44), crypto)]
  const content = { kind: 'inline' as const, bytes: bytesOf(40) }
  const manifest = Uint8Array.from(
    encodeManifest({ version: 1, name: 'a', versions: [{ sizeBytes: 40, className: 'c', storedMs: 1, content }] }),
  )
  const shared = {
    network: 'n',
    owner: owner.identity.publicKey,
    grantee: grantee.granteeKey.publicKey,
    grantedMs: 5,
    manifest,
    key: bytesOf(32),
  }
  const grant = await sealGrant(shared, owner, randomFillSync(new Uint8Array(32)), crypto)
  t.deepEqual(await openGrant(`${grant}\n`, grantee, 'n', crypto), shared)
  t.deepEqual(await openGrant(grant, grantee.at(2), 'n', crypto), shared, 'what was shared to an earlier generation opens')
  await t.throwsAsync(openGrant(grant, third, 'n', crypto), { code: 'WRONG_KEY' })
  await t.throwsAsync(openGrant(grant, grantee, 'other', crypto), { code: 'UNKNOWN_NETWORK' })

  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  for (let at = 0; at < grant.length; at++) {
    const flipped = grant.slice(0, at) + (digits[digits.indexOf(grant[at] ?? '') ^ 1] ?? '') + grant.slice(at + 1)
    for (const changed of [flipped, grant.slice(0, at)]) {
      const error = await t.throwsAsync(openGrant(changed, grantee, 'n', crypto), undefined, `character ${at}`)
      t.true(['WRONG_KEY', 'BAD_MESSAGE'].includes((error as unknown as { code: string }).code))
    }
  }
  // The grantee has the document with the owner's signature, and can seal it to anybody, but it names whom it was for.
  const onward = await sealGrant({ ...shared, grantee: third.granteeKey.publicKey }, grantee, randomFillSync(new Uint8Array(32)), crypto)
  await t.throwsAsync(openGrant(onward, third, 'n', crypto), { code: 'BAD_SIGNATURE' })
  t.is(granteeText(third.granteeKey.publicKey, crypto).length, 65)
})

test('nothing is shared before a majority of the trackers has the order to ask its sets for leaves only', async (t) => {
  const fleet = await Fleet.start()
  const [owner, grantee] = [await fleet.openClient(), await fleet.openClient(GRANTEE)]
  await fleet.run(owner.put('shared', bytesOf(200_000)))
  await fleet.run(owner.put('small', bytesOf(100)))
  const { address } = await fleet.run(grantee.address())
  for (const tracker of ['t1', 't2']) fleet.machines.net.crash(tracker)
  await t.throwsAsync(fleet.run(owner.share('shared', address)), { code: 'NOT_ENOUGH_TRACKERS' })
  await fleet.run(owner.share('small', address)) // lies in its row: there is no set
})
