export * from './deal-slots.ts'
