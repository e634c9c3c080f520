BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('notifications_0001');
CREATE TABLE checkpoints (
	"view" TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	service TEXT NOT NULL, 
	ledger TEXT NOT NULL, 
	position BIGINT NOT NULL, 
	leaf BLOB NOT NULL, 
	PRIMARY KEY ("view", version, service, ledger)
);
INSERT INTO "checkpoints" VALUES('obligations',1,'evaluation','8f6d6e7c-4a8f-5a0f-9c0d-72849b32d51e',3,X'7BAE9224D0B4855410FEA860E224D9614FF39B396EF591ED66AF8997C80F8754');
INSERT INTO "checkpoints" VALUES('obligations',1,'projects','4feba6a8-716d-567e-aa8c-ffa0577193b6',283,X'DA4BD3B7694F250336FFE39D306F36699534BBE1CA0B4954DF8A57038692B1C4');
INSERT INTO "checkpoints" VALUES('obligations',1,'projects','7732a12d-a511-5848-9609-c6c317a8786e',112,X'DA1424A8252E3CF8D1E33CF32446FD0AE3C9A970501D859853E94E6AA53D2840');
CREATE TABLE known (
	id VARCHAR(36) NOT NULL, 
	facts TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "known" VALUES('1163d041-9596-5b33-8964-2afb0cff36a0','{"title":"共建“到货零等待”——高压阀组交付攻关项目","company":"8f6d6e7c-4a8f-5a0f-9c0d-72849b32d51e","unit":"0d2e75dd-704d-52b7-9b06-6ce99fa7f1ad","leader":"branch_with_committee","lead":"fd107915-a570-5050-9251-a5e8c0977252","proposers":["fd107915-a570-5050-9251-a5e8c0977252"],"team":["fd107915-a570-5050-9251-a5e8c0977252","ac233fb7-5b76-5ef6-a2f7-660dd44982c1","413724a3-b466-54a7-af2d-8c4f46571cd8","66be81c3-aa83-5a48-9ac5-1c5b22f3e734","ca08de93-fa64-512c-beb7-1bde11989192"],"former":[],"doers":["ac233fb7-5b76-5ef6-a2f7-660dd44982c1","413724a3-b466-54a7-af2d-8c4f46571cd8","66be81c3-aa83-5a48-9ac5-1c5b22f3e734","fd107915-a570-5050-9251-a5e8c0977252"],"partners":[],"resumes_at":0,"conditions":[],"tasks":{"t1":{"title":"梳理晚于节点的清单和原因","standard":"逐件写明卡在哪、谁负责、哪天解决","due":"2026-06-03"},"t2":{"title":"建立图样当天回机制","standard":"上午提出的问题当天答复，超时有记录","due":"2026-07-09"},"t3":{"title":"联合检验规程","standard":"双方签认，一次检验两边认可","due":"2026-08-14"},"t4":{"title":"到货周通报","standard":"每周五发出，数据与物资系统一致","due":"2026-09-19"},"c1":{"title":"与供应商联合检验，复验不再重复开箱","standard":"连续十批联检件入厂免开箱且无质量问题","due":"2026-08-30"}},"indicators":{"on_time_goods":{"name":"高压阀组按期到货率","unit":"%"},"drawing_days":{"name":"图样确认时长","unit":"天"},"reinspection":{"name":"入厂复验合格率","unit":"%"}},"inspectors":{},"rectifiers":{},"chair":""}');
INSERT INTO "known" VALUES('174b6d4e-ae49-54b3-94cf-940ffc5eace1','{"title":"","company":"","unit":"","leader":"","lead":"","proposers":[],"team":[],"former":[],"doers":[],"partners":[],"resumes_at":0,"conditions":[],"tasks":{},"indicators":{},"inspectors":{},"rectifiers":{},"chair":"c38325b7-cf10-5246-b7e7-7ffe7d1dc258"}');
INSERT INTO "known" VALUES('2e71a5d6-f5cb-5c70-982b-538321c71b56','{"title":"","company":"","unit":"","leader":"","lead":"","proposers":[],"team":[],"former":[],"doers":[],"partners":[],"resumes_at":0,"conditions":[],"tasks":{},"indicators":{},"inspectors":{},"rectifiers":{},"chair":"f8f0c89c-fb2b-5ed7-b53a-499c936d00a0"}');
CREATE TABLE obligations (
	id CHAR(32) NOT NULL, 
	event VARCHAR(120) NOT NULL, 
	rule VARCHAR(40) NOT NULL, 
	occurrence VARCHAR(120) NOT NULL, 
	recipient VARCHAR(36) NOT NULL, 
	kind VARCHAR(8) NOT NULL, 
	project VARCHAR(36) NOT NULL, 
	subject VARCHAR(200) NOT NULL, 
	facts TEXT NOT NULL, 
	due DATE, 
	created_at BIGINT NOT NULL, 
	done_at BIGINT, 
	done_by_event VARCHAR(120), 
	done_by_recipient BOOLEAN, 
	read_at BIGINT, 
	PRIMARY KEY (id)
);
INSERT INTO "obligations" VALUES('0082ffad167a56b49cdf7238e382c0ad','projects/7732a12d-a511-5848-9609-c6c317a8786e/98','n12','source_department@c5a525f6-5a05-5381-a126-ba10366d33a4','85de8a1e-46d0-5d08-be2c-7338004fb575','todo','8427e0f5-0d4b-5127-b45e-e4eabe5b977a','figure/mp_accidents/2026-10','{"title":"“后墙倒排”保封顶——主泵房党员突击队攻坚项目","indicator":"生产安全责任事故","unit_of_measure":"起","period":"2026-10","unit":"9d6ff4f0-afaa-53ce-b026-aefb34554e6f","value":"0"}','2026-10-27',1792631538000000,1792716715000000,'projects/7732a12d-a511-5848-9609-c6c317a8786e/100',1,NULL);
INSERT INTO "obligations" VALUES('008ebc2e9342516cbad45dc2be79fabf','projects/8f6d6e7c-4a8f-5a0f-9c0d-72849b32d51e/100','n03','headquarters@9e5f0781-e52a-5ed1-b962-799db9626491','123ab2dc-ca94-5575-8ad8-32736cfae70c','read','1163d041-9596-5b33-8964-2afb0cff36a0','step/4','{"title":"共建“到货零等待”——高压阀组交付攻关项目","step":"集团备案","due":"","body":"9e5f0781-e52a-5ed1-b962-799db9626491"}',NULL,1775721300000000,NULL,NULL,NULL,NULL);
INSERT INTO "obligations" VALUES('0102c7dc4f6f58efa7a068eab8c5185e','projects/8f6d6e7c-4a8f-5a0f-9c0d-72849b32d51e/249','n12','source_department@a1c6bcbb-ce86-5037-b7bb-226d65e2d58f','7aa4b6c5-ae20-59ca-a821-b3096c86f018','todo','2eda5248-90d6-585f-8c60-13d1de807dd3','figure/leaving/2026-10','{"title":"从挂牌到达标——新并入站点党支部规范化项目","indicator":"关键岗位流失率","unit_of_measure":"%","period":"2026-10","unit":"b11f34db-3f17-5707-9ee6-3a6c6d4b0271","value":"14"}','2026-10-12',1791421323000000,1791765712000000,'projects/8f6d6e7c-4a8f-5a0f-9c0d-72849b32d51e/259',1,NULL);
CREATE TABLE parked (
	"view" TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	held TEXT NOT NULL, 
	service TEXT NOT NULL, 
	ledger TEXT NOT NULL, 
	stream CHAR(32) NOT NULL, 
	position BIGINT NOT NULL, 
	cause TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY ("view", version, held, service, ledger)
);
CREATE TABLE unknown_events (
	"view" TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	service TEXT NOT NULL, 
	ledger TEXT NOT NULL, 
	name TEXT NOT NULL, 
	first_position BIGINT NOT NULL, 
	count BIGINT NOT NULL, 
	PRIMARY KEY ("view", version, service, ledger, name)
);
INSERT INTO "unknown_events" VALUES('obligations',1,'projects','4feba6a8-716d-567e-aa8c-ffa0577193b6','ActivityHeld',109,12);
INSERT INTO "unknown_events" VALUES('obligations',1,'projects','4feba6a8-716d-567e-aa8c-ffa0577193b6','BaselineConfirmed',5,10);
INSERT INTO "unknown_events" VALUES('obligations',1,'projects','4feba6a8-716d-567e-aa8c-ffa0577193b6','ClaimContended',73,1);
CREATE TABLE views (
	name TEXT NOT NULL, 
	live_version INTEGER NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "views" VALUES('obligations',1);
CREATE INDEX obligations_by_project ON obligations (project, rule);
CREATE INDEX obligations_by_recipient ON obligations (recipient, kind, created_at, id);
COMMIT;
