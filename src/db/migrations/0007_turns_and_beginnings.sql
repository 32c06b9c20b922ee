DROP INDEX `deploys_service`;--> statement-breakpoint
ALTER TABLE `deploys` ADD `begun` integer;--> statement-breakpoint
CREATE UNIQUE INDEX `deploys_begun` ON `deploys` (`begun`);--> statement-breakpoint
CREATE INDEX `deploys_service` ON `deploys` (`service`,`begun`);--> statement-breakpoint
DROP INDEX `outbox_due`;--> statement-breakpoint
CREATE INDEX `outbox_due` ON `outbox` (`id`,`not_before`,`created_at`) WHERE sent_at is null;--> statement-breakpoint
CREATE INDEX `task_log_outside` ON `task_log` (`task`,`id`) WHERE name in ('push', 'pr-changed');--> statement-breakpoint
UPDATE `outbox` SET `not_before` = `created_at` + 86400000
WHERE `sent_at` IS NULL AND `kind` IN ('create-issue', 'set-status', 'post-comment') AND EXISTS (
  SELECT 1 FROM `outbox` `earlier` WHERE `earlier`.`task` = `outbox`.`task` AND `earlier`.`id` < `outbox`.`id`
    AND `earlier`.`done_at` IS NULL AND `earlier`.`kind` IN ('create-issue', 'set-status', 'post-comment')
    AND `earlier`.`created_at` > `outbox`.`created_at` - 86400000
);--> statement-breakpoint
UPDATE `deploys` SET `begun` = `rowid`
WHERE `state` NOT IN ('INITIATED', 'ABANDONED') OR `kind` = 'rollback' OR json_extract(`result`, '$.startedAt') IS NOT NULL;
