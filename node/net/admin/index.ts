export * from './client.ts'
export * from './open-api.ts'
export * from './routes.ts'
export * from './serve.ts'
