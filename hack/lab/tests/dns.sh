# shellcheck shell=bash

check "DNS: a headless service has 6 addresses" script "$A" "
  assert.equal((await dns.resolve4('db.default.svc.cluster.local')).length, 6)"
check "DNS: SRV has 6 targets with names" script "$A" "
  const targets = await dns.resolveSrv('_http._tcp.db.default.svc.cluster.local')
  assert.equal(targets.length, 6)
  assert(targets[0].name.startsWith('db-'))"
check "DNS: PTR of a pod and of a service" script "$A" "
  await dns.reverse('$(address_of_pod "$X")')
  await dns.reverse('10.96.0.1')"
check "DNS: NXDOMAIN" not script "$A" "await dns.resolve4('nope.default.svc.cluster.local')"
check "DNS: short names" script "$A" "
  await dns.lookup('db-client')
  await dns.lookup('kubernetes.default')"
