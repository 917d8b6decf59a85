export * from './put.ts'
