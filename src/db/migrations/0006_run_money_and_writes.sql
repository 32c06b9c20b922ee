DROP INDEX `runs_cost`;--> statement-breakpoint
CREATE INDEX `runs_money` ON `runs` (`created_at`,`status`,`cost_usd`,`cap_usd`);--> statement-breakpoint
CREATE INDEX `runs_used` ON `runs` (`created_at`) WHERE usage is not null;--> statement-breakpoint
CREATE INDEX `outbox_writes` ON `outbox` (`task`,`id`) WHERE done_at is null and kind in ('create-issue', 'set-status', 'post-comment');