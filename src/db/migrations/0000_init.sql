CREATE TABLE `artefacts` (
	`task` integer NOT NULL,
	`name` text NOT NULL,
	`attempt` integer NOT NULL,
	`content` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`task`, `name`, `attempt`)
);
--> statement-breakpoint
CREATE TABLE `breakers` (
	`account` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `budgets` (
	`day` text PRIMARY KEY NOT NULL,
	`raised_usd` real NOT NULL
);
--> statement-breakpoint
CREATE TABLE `comments` (
	`id` text PRIMARY KEY NOT NULL,
	`issue` text NOT NULL,
	`write_key` text,
	`author` text NOT NULL,
	`text` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `comments_write_key_unique` ON `comments` (`write_key`);--> statement-breakpoint
CREATE INDEX `comments_issue` ON `comments` (`issue`,`created_at`);--> statement-breakpoint
CREATE TABLE `commit_statuses` (
	`repo` text NOT NULL,
	`sha` text NOT NULL,
	`context` text NOT NULL,
	`state` text NOT NULL,
	`description` text NOT NULL,
	`url` text,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`repo`, `sha`, `context`)
);
--> statement-breakpoint
CREATE TABLE `deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`source` text NOT NULL,
	`event` text NOT NULL,
	`payload` text NOT NULL,
	`received_at` integer NOT NULL,
	`processed_at` integer,
	`duplicates` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE INDEX `deliveries_pending` ON `deliveries` (`received_at`) WHERE processed_at is null;--> statement-breakpoint
CREATE TABLE `dependencies` (
	`task` integer NOT NULL,
	`on_task` integer NOT NULL,
	`source` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`task`, `on_task`)
);
--> statement-breakpoint
CREATE INDEX `dependencies_on` ON `dependencies` (`on_task`);--> statement-breakpoint
CREATE TABLE `deploys` (
	`id` text PRIMARY KEY NOT NULL,
	`task` integer NOT NULL,
	`attempt` integer NOT NULL,
	`repo` text NOT NULL,
	`service` text NOT NULL,
	`kind` text NOT NULL,
	`sha` text NOT NULL,
	`previous_sha` text,
	`confirmed_by` text NOT NULL,
	`state` text NOT NULL,
	`result` text,
	`watch` text,
	`created_at` integer NOT NULL,
	`ended_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `deploys_once` ON `deploys` (`task`,`attempt`,`sha`,`kind`);--> statement-breakpoint
CREATE INDEX `deploys_service` ON `deploys` (`service`,`created_at`);--> statement-breakpoint
CREATE TABLE `freezes` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`repo` text NOT NULL,
	`scope` text NOT NULL,
	`cause` text NOT NULL,
	`reason` text NOT NULL,
	`actor` text NOT NULL,
	`created_at` integer NOT NULL,
	`lifted_at` integer,
	`lifted_by` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `freezes_active` ON `freezes` (`repo`,`cause`) WHERE lifted_at is null;--> statement-breakpoint
CREATE TABLE `issue_states` (
	`issue` text PRIMARY KEY NOT NULL,
	`known` text,
	`written` text NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `issues` (
	`id` text PRIMARY KEY NOT NULL,
	`repo` text NOT NULL,
	`seq` integer NOT NULL,
	`title` text NOT NULL,
	`description` text NOT NULL,
	`status_key` text NOT NULL,
	`priority` text NOT NULL,
	`labels` text NOT NULL,
	`blocked_by` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `issues_seq` ON `issues` (`repo`,`seq`);--> statement-breakpoint
CREATE TABLE `leases` (
	`repo` text NOT NULL,
	`kind` text NOT NULL,
	`holder` text NOT NULL,
	`holder_task` integer,
	`fence` integer NOT NULL,
	`acquired_at` integer NOT NULL,
	`heartbeat_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`released` integer NOT NULL,
	PRIMARY KEY(`repo`, `kind`)
);
--> statement-breakpoint
CREATE TABLE `meta` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `outbox` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`task` integer NOT NULL,
	`kind` text NOT NULL,
	`payload` text NOT NULL,
	`dedup_key` text NOT NULL,
	`created_at` integer NOT NULL,
	`not_before` integer NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`sent_at` integer,
	`error` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `outbox_dedup_key_unique` ON `outbox` (`dedup_key`);--> statement-breakpoint
CREATE INDEX `outbox_unsent` ON `outbox` (`task`,`id`) WHERE sent_at is null;--> statement-breakpoint
CREATE TABLE `pauses` (
	`scope` text PRIMARY KEY NOT NULL,
	`actor` text NOT NULL,
	`since` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `pull_requests` (
	`repo` text NOT NULL,
	`number` integer NOT NULL,
	`title` text NOT NULL,
	`body` text NOT NULL,
	`head` text NOT NULL,
	`base` text NOT NULL,
	`state` text NOT NULL,
	`head_sha` text NOT NULL,
	`merge_commit_sha` text,
	`created_at` integer NOT NULL,
	`closed_at` integer,
	`merged_at` integer,
	PRIMARY KEY(`repo`, `number`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `pull_requests_open` ON `pull_requests` (`repo`,`head`,`base`) WHERE state = 'open';--> statement-breakpoint
CREATE TABLE `runs` (
	`id` text PRIMARY KEY NOT NULL,
	`task` integer NOT NULL,
	`stage` text NOT NULL,
	`attempt` integer NOT NULL,
	`run` integer NOT NULL,
	`generation` integer NOT NULL,
	`fence` integer NOT NULL,
	`role` text NOT NULL,
	`status` text NOT NULL,
	`class` text,
	`host` text,
	`pid` integer,
	`started_at` integer,
	`heartbeat_at` integer,
	`ended_at` integer,
	`cap_usd` real,
	`cost_usd` real,
	`usage` text,
	`progress` text,
	`session_id` text,
	`log_path` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `runs_task` ON `runs` (`task`,`created_at`);--> statement-breakpoint
CREATE INDEX `runs_live` ON `runs` (`status`) WHERE status <> 'ended';--> statement-breakpoint
CREATE INDEX `runs_cost` ON `runs` (`created_at`);--> statement-breakpoint
CREATE TABLE `task_log` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`task` integer NOT NULL,
	`event_key` text NOT NULL,
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`event` text NOT NULL,
	`accepted` integer NOT NULL,
	`from_state` text NOT NULL,
	`to_state` text NOT NULL,
	`reason` text,
	`message` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `task_log_accepted` ON `task_log` (`event_key`) WHERE accepted = 1;--> statement-breakpoint
CREATE INDEX `task_log_task` ON `task_log` (`task`,`id`);--> statement-breakpoint
CREATE TABLE `tasks` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`version` integer NOT NULL,
	`repo` text NOT NULL,
	`wid` text NOT NULL,
	`branch` text NOT NULL,
	`issue_id` text,
	`stage` text NOT NULL,
	`activity` text NOT NULL,
	`fence` integer NOT NULL,
	`wake_at` integer,
	`state` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tasks_wid` ON `tasks` (`repo`,`wid`) WHERE stage <> 'cancelled';--> statement-breakpoint
CREATE UNIQUE INDEX `tasks_branch` ON `tasks` (`repo`,`branch`) WHERE stage <> 'cancelled';--> statement-breakpoint
CREATE UNIQUE INDEX `tasks_issue` ON `tasks` (`issue_id`) WHERE stage <> 'cancelled' and issue_id is not null;--> statement-breakpoint
CREATE INDEX `tasks_live` ON `tasks` (`repo`,`id`) WHERE stage not in ('done', 'cancelled');--> statement-breakpoint
CREATE INDEX `tasks_wake` ON `tasks` (`wake_at`) WHERE wake_at is not null;--> statement-breakpoint
CREATE INDEX `tasks_updated` ON `tasks` (`updated_at`);--> statement-breakpoint
CREATE TABLE `verdicts` (
	`task` integer NOT NULL,
	`stage` text NOT NULL,
	`attempt` integer NOT NULL,
	`generation` integer NOT NULL,
	`step` text NOT NULL,
	`outcome` text NOT NULL,
	`reason` text NOT NULL,
	`evidence` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`task`, `stage`, `attempt`, `generation`, `step`)
);
