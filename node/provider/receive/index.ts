export * from './receive.ts'
