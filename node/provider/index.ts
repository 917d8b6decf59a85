export * from './start.ts'
export { nameBackingStore } from './store/index.ts'
