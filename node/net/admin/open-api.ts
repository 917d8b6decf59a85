/**
 * The OpenAPI 3.1 document of the admin API, from the same schemas that check its messages.
 *
 * @module
 */
import { ADMIN, adminError, CREDENTIAL_HEADER } from '@lunarx/wire'
import { z } from 'zod'

export const OPEN_API_PATH = '/v1/openapi.json'

const jsonOf = (schema: z.ZodType, io: 'input' | 'output'): unknown => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io })
  return rest
}

const content = (schema: z.ZodType, io: 'input' | 'output'): unknown => ({ 'application/json': { schema: jsonOf(schema, io) } })

export function openApi(): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const [operationId, { method, path, operator, summary, request, response }] of Object.entries(ADMIN)) {
    const operation = {
      operationId,
      summary,
      description: operator ? 'Needs a credential of the role operator.' : 'Open to every credential of the network.',
      ...(method === 'GET' ? {} : { requestBody: { required: true, content: content(request, 'input') } }),
      responses: {
        200: { description: 'The answer', content: content(response, 'output') },
        default: { description: 'An error, by its stable code', content: content(adminError, 'output') },
      },
    }
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'LunarX admin API of trackers', version: '1' },
    security: [{ peerCertificate: [], credential: [] }],
    paths,
    components: {
      securitySchemes: {
        peerCertificate: { type: 'mutualTLS', description: 'A self-signed certificate with the libp2p extension proves the peer id.' },
        credential: {
          type: 'apiKey',
          in: 'header',
          name: CREDENTIAL_HEADER,
          description: 'The membership credential of that peer: base64url of the DAG-CBOR of the signed document.',
        },
      },
    },
  }
}
