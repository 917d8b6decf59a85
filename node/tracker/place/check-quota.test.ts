import test from 'ava'
import { NetworkQuota } from './check-quota.ts'

test('what is being placed counts once, before providers have promised room for it and after, and not when it is given up', (t) => {
  const fleet = { takenBytes: 0 }
  const quota = new NetworkQuota(fleet)
  const refused = { code: 'NO_ROOM' } as const
  const first = quota.admit(60, 100)
  t.throws(() => quota.admit(41, 100), refused)
  fleet.takenBytes += 20
  first.promised(20)
  t.throws(() => quota.admit(41, 100), refused)
  quota.admit(40, 100)[Symbol.dispose]()
  first[Symbol.dispose]()
  t.throws(() => quota.admit(81, 100), refused)
  quota.admit(80, 100)
  t.notThrows(() => quota.admit(0, 1), 'nothing is to be placed')
})

test('without a quota nothing is summed up', (t) => {
  const fleet = {
    get takenBytes(): number {
      return t.fail('all providers were looked at') ? 0 : 0
    },
  }
  t.notThrows(() => new NetworkQuota(fleet).admit(1, Number.POSITIVE_INFINITY))
})
