# shellcheck shell=bash
# The ways into a pod, and from a pod to the apiserver.

check "apiserver from a pod, with its token" script "$A" "
  const folder = '/var/run/secrets/kubernetes.io/serviceaccount/'
  const read = (name) => require('fs').readFileSync(folder + name, 'utf8')
  const options = {
    host: 'kubernetes.default.svc', path: '/version', ca: read('ca.crt'),
    headers: { authorization: 'Bearer ' + read('token') },
  }
  const answer = await new Promise((resolve, reject) => require('https').get(options, resolve).on('error', reject))
  assert.equal(answer.statusCode, 200)
  answer.destroy()"
check "exec" kubectl exec "$A" -- hostname
check "logs" kubectl logs "$A"
echo hello >"$SCRATCH/sent"
check "cp into a pod" kubectl cp "$SCRATCH/sent" "$A:/data/sent"
check "cp out of it" kubectl cp "$A:/data/sent" "$SCRATCH/received"
check "the same came back" cmp "$SCRATCH/sent" "$SCRATCH/received"

kubectl port-forward "$A" :8080 >"$SCRATCH/forward" 2>&1 &
forwarder=$!
forwarded() { curl -sf -m 1 "http://$(sed -n 's/.*from \(127[0-9.:]*\) .*/\1/p' "$SCRATCH/forward")/"; }
check "port-forward" eventually 5 forwarded
kill $forwarder
wait $forwarder 2>/dev/null

check "host to the address of a pod" curl -sf -m 2 "http://$(address_of_pod "$X"):8080/"
