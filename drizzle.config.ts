import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  schema: ['./src/db/schema.ts', './src/db/schema-chat.ts', './src/db/schema-work.ts'],
  out: './src/db/migrations',
});
