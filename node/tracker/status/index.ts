export * from './admin.ts'
export * from './status.ts'
