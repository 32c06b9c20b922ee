CREATE TABLE `ended_counts` (
	`stage` text PRIMARY KEY NOT NULL,
	`n` integer NOT NULL
);
--> statement-breakpoint
DROP INDEX `outbox_unsent`;--> statement-breakpoint
CREATE INDEX `outbox_due` ON `outbox` (`id`) WHERE sent_at is null;--> statement-breakpoint
CREATE INDEX `outbox_task` ON `outbox` (`task`,`id`);--> statement-breakpoint
DROP INDEX `runs_live`;--> statement-breakpoint
CREATE INDEX `runs_live` ON `runs` (`created_at`,`status`) WHERE status <> 'ended';--> statement-breakpoint
DROP INDEX `tasks_live`;--> statement-breakpoint
CREATE INDEX `tasks_delivered` ON `tasks` (`repo`,`id`) WHERE stage = 'done';--> statement-breakpoint
CREATE INDEX `tasks_of_issue` ON `tasks` (`issue_id`);--> statement-breakpoint
CREATE INDEX `tasks_live` ON `tasks` (`id`) WHERE stage not in ('done', 'cancelled');--> statement-breakpoint
CREATE INDEX `verdicts_step` ON `verdicts` (`step`,`at`);--> statement-breakpoint
INSERT INTO `ended_counts` SELECT `stage`, count(*) FROM `tasks` WHERE `stage` IN ('done', 'cancelled') GROUP BY `stage`;--> statement-breakpoint
CREATE TRIGGER `ended_counts_insert` AFTER INSERT ON `tasks` WHEN new.stage IN ('done', 'cancelled') BEGIN
  INSERT INTO `ended_counts` VALUES (new.stage, 1) ON CONFLICT (`stage`) DO UPDATE SET `n` = `n` + 1;
END;--> statement-breakpoint
CREATE TRIGGER `ended_counts_enter` AFTER UPDATE OF `stage` ON `tasks` WHEN new.stage <> old.stage AND new.stage IN ('done', 'cancelled') BEGIN
  INSERT INTO `ended_counts` VALUES (new.stage, 1) ON CONFLICT (`stage`) DO UPDATE SET `n` = `n` + 1;
END;--> statement-breakpoint
CREATE TRIGGER `ended_counts_leave` AFTER UPDATE OF `stage` ON `tasks` WHEN new.stage <> old.stage AND old.stage IN ('done', 'cancelled') BEGIN
  UPDATE `ended_counts` SET `n` = `n` - 1 WHERE `stage` = old.stage;
END;--> statement-breakpoint
CREATE TRIGGER `ended_counts_delete` AFTER DELETE ON `tasks` WHEN old.stage IN ('done', 'cancelled') BEGIN
  UPDATE `ended_counts` SET `n` = `n` - 1 WHERE `stage` = old.stage;
END;
