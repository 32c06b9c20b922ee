CREATE TABLE `blocking_issues` (
	`task` integer NOT NULL,
	`issue` text NOT NULL,
	`name` text NOT NULL,
	`state` text NOT NULL,
	`read_at` integer NOT NULL,
	PRIMARY KEY(`task`, `issue`)
);
--> statement-breakpoint
ALTER TABLE `outbox` ADD `done_at` integer;
--> statement-breakpoint
UPDATE `outbox` SET `done_at` = `sent_at` WHERE `kind` IN ('set-status', 'post-comment');
